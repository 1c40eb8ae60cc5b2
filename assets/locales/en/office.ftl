# Staff pages

office-footer = Miaopi front office · every look and every change is recorded
office-insecure = This connection is not encrypted (no https). Except for trying things out on this very machine, do not sign in here.
nav-links = Customer links
nav-cases = Cases
nav-settings = Settings
nav-accounts = Accounts
nav-keys = API keys
nav-queue = Review queue
sign-out = Sign out
title-front-door = Miaopi, the auto-finance front office
door-lead = One ID number, one photo, and seconds later a contract that anybody can verify. Every step asks the customer first; every result gives its reasons.
door-customer = I am a customer
door-customer-text = Please open the link your advisor sent you, or scan the code. Without a link there is nothing to start here.
door-staff = I work here
door-staff-text = Send customer links, see how far they are, and settle the cases that need a person.
door-docs = I connect systems
door-docs-text = The API is described in OpenAPI; every error has a stable code and a sentence.
door-docs-go = Read the API description
door-demo = Demonstration
door-demo-text = All data is invented. Sign in with one of these accounts, or open a fresh customer link.
door-demo-link = Open a fresh customer link
door-accounts = Demo accounts
door-role = Role
title-sign-in = Staff sign-in
sign-in-user = User name
sign-in-password = Password
sign-in-go = Sign in
title-links = Customer links
link-make = New link
link-list = Links sent
link-none = No links yet. Fill in the form to make one.
link-product = Product
link-vehicle = Vehicle (make, model, year)
link-condition = Condition
condition-new = New
condition-used = Used
link-region = Region
link-price = Price (yuan)
link-down = Wished down payment (yuan, optional)
link-months = Wished term
link-phone = Customer's mobile (optional; the page asks)
link-go = Make link
link-made = The link is ready
link-made-text = Let the customer scan the code, or send the address. It is shown only this once: afterwards you can only make a new one.
link-qr = QR code of the customer link
link-url = Address
link-copy = Copy
link-copied = Copied
link-expires = works until
link-revoke = Revoke
link-revoke-this = Revoke the link of { $number }
link-renew = New link
link-renew-this = New link for { $number }; the old one ends
link-state-unopened = not opened
link-state-open = under way
link-state-waiting = waits for a person
link-state-signed = signed
link-state-ended = ended
link-state-expired = expired
link-state-revoked = revoked
col-case = Case
col-what = Vehicle and amount
col-state = State
col-due = Due
col-do = Action
col-why = Why
col-since = Since
title-queue = Review queue
queue-asked = asked for a person
left-title = Applications that did not become a case
left-lead = The advisor sees the same reason on their device. What is wrong is corrected in a new application.
left-submission = Submission
left-advisor = Advisor
title-case = Case { $number }
case-due = Answer due
case-why = Why it needs you
case-note = The customer says:
case-facts = The request
case-photo = Photo of the card
case-photo-alt = The photo of the ID card that the customer handed in
case-photo-large = Open large
case-no-photo = There is no photo.
case-checks = What the sources say
check-field = Field
check-typed = Customer
check-read = Read from photo
check-partner = Real-name agency
check-match = Match
check-crop = “{ $field }” in the photo
match-same = same
match-differs = differs
match-unknown = cannot compare
case-decided = Settled
case-not-here = Nothing is to be decided here now: the case is with the system or the customer, or it is over.
case-may-not = You may look at this case but not settle it.
case-decide = Your decision
case-reason = Reason
case-reason-hint = Required. The customer will read it: say what it rests on, and leave out ID and phone numbers.
visit-title = What the visit found
visit-seen = Tick what is as stated
visit-address = The address or place of business is as the customer said
visit-vehicle = The vehicle is there and is the one named
visit-note = What was found
visit-note-hint = When, what was seen, and who was met; up to 500 characters.
visit-send = Hand in
case-approve = Approve and go on
case-decline = Decline
case-request-legend = Ask the customer for (any of these)
case-request-photo = the photo
case-request-name = the name
case-request-phone = the phone
case-request-reading = that what was read is right
terms-title = Change down payment or term
terms-hint = Plans are ranked and funders asked anew under these terms; the customer sees both side by side and accepts or refuses.
terms-down-payment = Down payment (yuan)
terms-down-payment-hint = Now { $now }; may be set from { $least } to { $most }
terms-months = Term (months)
terms-months-hint = Now { $now } months; may be set from { $least } to { $most }
terms-go = Go on with these terms
case-request = Ask the customer
case-timeline = The path so far
title-message = Message
message-code = Code
title-api-docs = API
api-lead = The description for machines is at the address below. Errors follow RFC 9457 and carry a stable code.
api-parameters = Parameters
api-body = Body
api-answers = Answers
api-example = Example
api-scope = A program’s key needs the scope
link-vin = VIN
link-energy = Energy
link-age = Age in months (used vehicles)
link-mileage = Kilometres (used vehicles)
energy-fuel = Petrol or diesel
energy-electric = Electric
energy-plug-in = Plug-in hybrid
energy-hydrogen = Hydrogen

# Cases

title-cases = Cases
cases-find = Find a case
cases-find-hint = A whole ID number, mobile number or case number (every such search is recorded); or words: vehicle, VIN or its end, plate, dealer, product, who made the link, reason.
cases-find-go = Search
cases-found = { $n ->
    [one] 1 case found.
   *[other] { $n } cases found.
}
cases-not-found = No case belongs to this number. Only the whole number is found.
cases-show-all = Show all cases
cases-none = There is no such case.
cases-none-with-words = No case has all of these words. An ID number or mobile number is found only when it is whole and right.
cases-none-so-far = None among the cases looked through so far.
cases-further = Look further back
cases-reading-in = Older cases are still being read in; searching and narrowing find cases from { $from } on for now.
cases-counted = { $n ->
    [one] one case
   *[other] { $shown } cases
}
cases-view = Show as
cases-view-table = Table
cases-view-board = Board
cases-filter = Filter
cases-filter-all = All
cases-filter-open = Running
cases-filter-review = With us
cases-filter-customer = With the customer
cases-filter-partner = With a partner
cases-filter-system = At work
cases-filter-approved = Signed
cases-filter-ended = Ended otherwise
cases-filter-declined = Declined
cases-filter-withdrawn = Withdrawn
cases-filter-expired = Expired
cases-filter-error = Failed
lane-customer = With the customer
lane-review = In review
lane-partner = With a partner
lane-system = At work
lane-approved = Signed today
lane-ended = Ended otherwise today
lane-empty = None.
lane-all = All of these
lane-all-of = All of these: { $lane }
narrow = Narrow
narrow-days = Days
narrow-days-hint = By the day on which a case was opened; of cases that are over (signed, declined …) by the day on which they ended. On the board only running cases are narrowed by days: its last two lanes are always of today.
filters-mine = My filters
filters-name = Keep what is shown now as
filters-name-hint = Up to 40 characters; only you see it. Days such as “7 days” go with the time.
filters-keep = Keep
filters-first = Open first
filters-not-first = Do not open first
filters-first-mark = opens first
filters-delete = Delete
case-state-customer = with the customer
case-state-review = in review
case-state-partner = with a partner
case-state-system = at work
case-state-approved = signed
case-state-declined = declined
case-state-withdrawn = withdrawn
case-state-expired = expired
case-state-error = failed
col-product = Product
col-vehicle = Vehicle
col-amount = Amount
col-waits-for = Waits for
col-decided = Decided
case-standing = Where it stands
case-contract = Signed contract (PDF)
reveal = Show names and numbers in full
reveal-hint = Only this page shows them, once. Who looked, when and why is recorded.
reveal-why = Why do you need to see them?
reveal-compare = To compare them with the card
reveal-call = To call the customer
reveal-correct = To correct a mistake
reveal-complaint = To answer a complaint
reveal-authority = An authority asks for them
reveal-go = Show once
reveal-done = This page shows everything in full. It is recorded; leave the page when you are done.
match-heading = Funders
match-eligible = Would take it:
match-none = none
match-excluded = { $n ->
    [one] Why one funder was excluded
   *[other] Why { $n } funders were excluded
}
match-change = It would fit with:
plans-heading = Plans
plans-excluded = { $n ->
    [one] Why one plan was excluded
   *[other] Why { $n } plans were excluded
}
answer-approved = approved
answer-conditional = approved with conditions
answer-counter-offer = made a counter-offer
answer-limit-reached = limit reached
answer-declined = declined
answer-pending = has not decided yet
answer-failed = no usable answer

# Accounts and keys

title-accounts = Accounts
account-make = New account
account-login-hint = 3 to 64 of a to z, 0 to 9, dot, underscore, hyphen and @.
account-roles = Roles
account-make-go = Make the account
account-list = Accounts
account-enabled = open
account-disabled = disabled
account-sessions = { $n ->
    [one] 1 session
   *[other] { $n } sessions
}
account-change = Change { $login }
account-enable = Enable
account-disable = Disable
account-password = New password
account-end-sessions = End all sessions
account-done-enable = { $login } may sign in again.
account-done-disable = { $login } is disabled and signed out everywhere.
account-done-end-sessions = { $login } is signed out everywhere.
account-secret = The password of { $whose }
account-secret-text = It is shown this once. Hand it over safely; earlier sessions have ended.
secret = Secret
title-keys = API keys
key-make = New key
key-label = What it is for
key-label-hint = Such as the name of the system that uses it.
key-scopes = What it may do
scope-links-write = Make, renew and revoke customer links.
scope-links-read = List the links; never their tokens.
scope-cases-read = List cases and follow them. No names, no numbers.
scope-documents-read = Fetch signed contracts. They name the customer; each download is on record.
scope-webhooks-write = Enter and remove webhooks, and see what they were told.
key-make-go = Make the key
key-list = Keys
key-none = There is no key yet.
key-live = live
key-revoked = revoked
key-revoke = Revoke
key-revoke-this = Revoke the key “{ $label }”
key-secret = The key for “{ $whose }”
key-secret-text = It is shown this once. Whoever holds it may do what was ticked.

# Roles without a page of their own

title-duties = You are signed in
duties-today = What you can do today
duty-designer = You compose flows from blocks.
duty-today-designer = On the flows page you begin drafts and hand them in; the gate proves the platform's rules before a second person looks. You see no customer's case.
duty-approver = You approve flows that somebody else composed, before they go live.
duty-today-approver = On the flows page you see what differs between versions, approve or refuse what somebody else composed, release it and take it back. You see no customer's case.
duty-controller = You steer partners and quotas.
duty-today-controller = On the partners page you stop, limit and route what goes to services and funders, after seeing whom it affects. On the links page you see every link of your company and may take one back or renew it.
duty-operator = You run the platform for all companies. You see no customer's case, anywhere.
duty-today-operator = You watch the health and the figures of the server, and keep tenants, accounts and backups with the command line (“miaopi admin”, “miaopi backup”).
duty-health = Is it alive?
duty-ready = Is it ready?
duty-metrics = Figures

# Flows

nav-flows = Flows
title-flows = Flows
flow-new = New flow
flow-name-zh = Name in Chinese
flow-name-en = Name in English
flow-key = Key
flow-key-hint = 3 to 40 of a to z, 0 to 9 and hyphens, such as new-car-loan. It never changes.
flow-new-go = Begin on an empty canvas
flow-drafts = Your drafts
flow-drafts-none = You have no draft. Nobody else sees yours.
flow-draft = Draft
flow-draft-delete = Delete
flow-draft-delete-this = Delete the draft “{ $name }”
flow-not-live = No case gets a version of this flow.
flow-version-n = Version { $n }
flow-draft-from = New draft from version { $n }
flow-is-waiting = waits for approval
flow-is-refused = refused
flow-is-approved = approved, gets no cases
flow-is-canary = canary, { $share } %
flow-is-live = live, { $share } %
flow-is-taken-back = taken back
flow-all = All flows
flow-versions = Versions
flow-decided = decided by { $who }
flow-ended-errors = It took itself back: too many of its cases went wrong.
flow-ended-slow = It took itself back: its machine took too long.
flow-ended-drift = It took itself back: it approved far more or far fewer cases than the live version.
flow-ended-by-person = A person took it back.
flow-compare-live = What differs from the live version
flow-compare-title = From version { $from } to version { $to }
flow-compare-from = From
flow-compare-to = To
flow-compare-go = Compare
flow-compare-same = They say the same.
flow-file = The file
flow-own = You composed this version. Somebody else approves or refuses it.
flow-reason = Reason
flow-reason-hint = Needed to refuse: 5 to 500 characters.
flow-approve = Approve
flow-refuse = Refuse
flow-release-this = Release version { $n }
flow-release = Release
flow-share = Share of new cases, percent
flow-share-hint = 100: all new cases at once. Less: a canary beside the live version; it takes itself back when it falls behind.
flow-regions = Only these provinces
flow-regions-hint = Two digits each, such as 31 44. Empty: everywhere. For a canary only.
flow-take-back = Take version { $n } back
flow-take-back-sure = Take version { $n } back?
flow-take-back-text = New cases get the version before it, at once. Cases that have begun stay on the version they began with.
flow-take-back-go = Yes, take it back
flow-take-back-not = Leave it
flow-live = Today
flow-live-again = Refresh
flow-live-says = Version { $n } is live; { $cases ->
    [one] one case is
   *[other] { $cases } cases are
 } under way
flow-live-none = No case has passed this version today.
flow-live-table = Each block today
flow-live-now = Now in it
flow-live-today = Today (times · median time)
flow-block = Block
flow-picture = The flow as a picture
flow-replay = Replayed on past cases
flow-replay-none = No case has ended yet that could be replayed.
flow-replay-says = { $n ->
    [one] The last case that ended
   *[other] The last { $n } cases that ended
 }, judged anew with what partners and people answered then:
flow-replay-what = Figure
flow-replay-live = Live version
flow-replay-this = This version
flow-replay-approved = Signed
flow-replay-p95 = Time of machines and partners (95th percentile)
flow-replay-asked = Questions to { $who }
flow-replay-funder = Funder { $who }
flow-replay-unknown = { $n ->
    [one] One of them comes
   *[other] { $n } of them come
 } to a block that nobody answered then: the end is not known, and none is made up.
flow-replay-same = No case ends otherwise.
flow-replay-changed = { $n ->
    [one] One case ends otherwise
   *[other] { $n } cases end otherwise
 }
flow-replay-open = not known, stops at
flow-elsewhere = Cases that go on on older versions
flow-elsewhere-hint = Cases stay on the version they began with. They can also be moved to the live one, after a look at each.
flow-elsewhere-n = Version { $n }: { $cases ->
    [one] one case
   *[other] { $cases } cases
 }
flow-elsewhere-move = Preview a move to version { $n }
flow-move-title = Cases of version { $from } go on on version { $to }
flow-move-differs = What differs between the two
flow-moves = { $n } can move
flow-moved = { $n } moved
flow-move-choice = { $n ->
    [one] 1 needs a choice
   *[other] { $n } need a choice
 }
flow-move-stay = { $n ->
    [one] 1 stays
   *[other] { $n } stay
 }
flow-move-choose = Blocks that the live version does not have
flow-move-place = { $cases ->
    [one] The case
   *[other] The { $cases } cases
 } in “{ $block }” go on in
flow-move-stays = none: they stay
flow-move-look = Look again
flow-move-hint = A case that goes on after this preview stays where it is. Each move is written into the audit trail.
flow-move-go = Move { $n ->
    [one] one case
   *[other] { $n } cases
 }
flow-move-none = No case is under way on this version.
flow-move-cases = Case by case
flow-move-case = Case
flow-move-at = Now in
flow-move-becomes = Then
flow-stays-needs-choice = Stays: needs a choice
flow-stays-branches-differ = Stays: it is within parallel branches that the live version has otherwise
flow-stays-signed = Stays: the customer has signed
flow-stays-busy = Stays: the machine or a partner is at it; try again in a moment
flow-stays-went-on = Stays: it has gone on since the preview
flow-stays-unreadable = Stays: its record cannot be read
flow-stays-rule = Stays: the live version takes for granted here that “{ $rule }”, and this case has not come that way
title-flow-rules = Rules that flows keep to
flow-rules-own = The company’s own rules
flow-rules-own-none = The company has no rules of its own; the platform’s hold.
flow-rules-platform = The platform’s rules
flow-rules-platform-hint = Each flow is proved to keep to these on every path before it goes live. A company’s own rules can only be stricter.
flow-rules-short = Live flows that do not keep to the rules as they are now
flow-rules-short-text = These versions go on with their cases and get new ones, and are not released again as they are: change them and hand in new versions.
flow-rules-change = Change the company’s own rules
flow-rules-file = Rules (JSON)
flow-rules-file-hint = Written like the platform’s own; codes begin with company_, such as company_adults.
flow-rules-note = What changes and why
flow-rules-note-hint = 5 to 500 characters, for the audit trail.
flow-rules-set = Keep these rules
flow-band = When a canary takes itself back
flow-band-hint = For a canary only: outside any of these it takes itself back, and new cases get the live version.
flow-band-cases = Cases before its rates count
flow-band-errors = Most cases with an error, percent
flow-band-drift = Most difference of its approvals from the live version’s, percentage points
flow-band-p95 = Most machine time at the 95th percentile, milliseconds

## Devices and sync
nav-devices = Device sync
title-devices = Device sync
devices-who = Find an advisor or a device's name
devices-filter = Filter devices
devices-show-all = In use
devices-show-alarm = To look at
devices-show-unsafe = Not yet synced
devices-show-connected = Connected
devices-show-revoked = Out of use
devices-in-use = Connected / in use
devices-unsynced = Items not yet synced
devices-photos = Photos to upload
devices-places = By region and dealer
devices-places-hint = Where the newest case of each device’s owner is.
devices-no-place = no case yet
col-region = Region
col-dealer = Dealer
devices-late = Devices late by over an hour
devices-aside = Set aside
devices-old-app = Another app version
devices-left = Submissions without a case
devices-none = There are no devices yet. One appears when an advisor first signs in to the app.
devices-not-found = No device matches.
devices-before = Previous page
devices-next = Next page
devices-all = All devices
col-device = Advisor and device
col-standing = State
col-seen = Last heard of
col-unsynced = Not synced
col-oldest = Oldest item
col-behind = To download
col-application = Application
col-item = What
col-changes = Changes
col-received = Received
col-came = Connected
col-left = Left
col-pushed = Changes sent
col-refused = Not taken
col-pulled = Changes received
col-receipts = Receipts
device-connected = connected
device-away = away
device-revoked-hand-over = out of use
device-revoked-erase = reported stolen
device-alarm-late = late by over an hour
device-alarm-aside = something set aside
device-alarm-old-app = another version
device-alarm-not-kept = storage at risk
device-alarm-clock = clock wrong
device-alarm-locked = locked
device-do-late = Something has been on this device alone for over an hour. Ask the advisor to open the app and keep it connected until everything is synced.
device-do-aside = Something is set aside and will not pass by itself. See why below; once that is mended, offer it again, or take over what a device handed over when it was taken out of use.
device-do-old-app = The app is another version than the server. Ask the advisor to update it when asked, while connected.
device-do-not-kept = The browser may clear this device's data when space runs short. Ask the advisor to allow keeping it in Settings, or to install the app.
device-do-clock = The device's time differs from the server's by more than two minutes. Switch on automatic time in its settings.
device-do-locked = The device has been offline for over 24 hours and is locked. Nothing is lost: it unlocks and sends when it connects.
device-facts = About this device
device-owner = Advisor
device-enrolled = Enrolled
device-said = Last report
device-app = App version
device-storage = Storage
device-storage-unknown = not reported
device-storage-kept = kept
device-storage-risk = may be cleared when space runs short
device-free = { $size } free
device-clock = Clock
device-clock-right = right
device-clock-ahead = { $n } s ahead
device-clock-behind = { $n } s behind
device-lease = May work offline until
device-lease-over = (over: it unlocks when it connects)
device-revoked-at = Taken out of use
device-lost = Lost with it
device-unsafe = What this device alone has
device-unsafe-none = Nothing: all that is on this device is safe on the server.
device-unsafe-unknown = This device holds something that is not yet synced, and has not said what; it will when it connects again.
device-item-change = { $n } { $n ->
    [one] entry
   *[other] entries
}
device-item-submission = handed in
device-item-photo = photo
device-state-waiting = waiting
device-state-sending = being sent
device-state-aside = set aside
device-rescue = Take in a file that a device exported
device-rescue-says = When a device cannot connect, its app does not open or its storage is full, the advisor can export what was not uploaded from the app as files (their names end in .rescue). Taken in here, it is checked and merged as if the device had sent it; nothing that anybody entered is overwritten. Take in every file, one after the other; the same one twice does no harm.
device-rescue-file = File (16 MB at most)
device-rescue-go = Take in
device-handed-over = Handed over when it was taken out of use
device-handed-over-lead = Not yet part of the applications. Taken over, it is merged with what the advisor's other devices have; nothing that anybody entered is overwritten.
device-take-over = Take over
device-visits = Connections
device-visits-none = It has not connected yet.
device-acts = What you can do
device-offer-again = Offer again what was set aside
device-offer-again-says = Asks this device to offer once more what it set aside. What cannot pass is set aside again; nothing is lost.
device-revoke = Take this device out of use
device-revoke-says = It hands over the { $n } items that are not yet synced, and stops. They wait here until you take them over.
device-erase = Report stolen and erase
device-erase-says = When it next connects its key is destroyed, and { $n } items that are not yet synced with it. This cannot be undone: only for a device that is lost or stolen.
device-erased = This device is reported stolen; its key is destroyed when it next connects.
