# The advisor's app: frame and navigation

loading = Opening…
nav = Main navigation
tab-cases = Cases
tab-new = New
tab-sync = Sync
tab-settings = Settings
title-my-cases = My cases
title-new = New case
title-sync = Sync status
title-settings = Settings
title-case-loading = Case
detail = Case details
choose-a-case = Choose a case on the left.
head-safe = All safe
head-unsafe = { $n } not yet safe
head-offline = Offline
camera-ended = The phone closed the app while a photo was being taken ({ $what }). Everything entered is still here.
camera-ended-go = Back to the photo
shut-title = The app does not open
crash-title = Something went wrong in the app
crash-text = Everything you entered is kept on this device. Reload and go on where you were.
list-comma = {", "}
full-stop = .
unit-yuan = yuan
unit-km = km
days = { $n } { $n ->
    [one] day
   *[other] days
}
when-day = { $day } { $month } { $clock }
month-1 = Jan
month-2 = Feb
month-3 = Mar
month-4 = Apr
month-5 = May
month-6 = Jun
month-7 = Jul
month-8 = Aug
month-9 = Sep
month-10 = Oct
month-11 = Nov
month-12 = Dec

## Enrol, unlock, shut

enrol-title = Sign in and set this device up
enrol-lead = Needed once, with a network. After that the app opens and works without a signal.
enrol-needs-network = There is no network now. Connect, then go on.
enrol-server = Server address
enrol-user = User name
enrol-password = Password
enrol-device = Name of this device
enrol-device-first = My phone
enrol-pin = Choose a PIN
enrol-pin-hint = At least { $n } digits, no birthday, no run of digits. It unlocks what is kept on this device and never leaves it.
enrol-pin-again = PIN once more
enrol-go = Sign in
enrol-busy = Setting up…
unlock-title = Enter your PIN
unlock-pin = PIN
unlock-go = Unlock
unlock-busy = Unlocking…
unlock-unsynced = { $n } { $n ->
    [one] item on this device is
   *[other] items on this device are
} not yet safe on the server. Sending goes on once you unlock.
unlock-wait = Too many wrong PINs. Wait a while, then try again. Nothing entered is lost.
unlock-forgotten = Forgotten the PIN? Ask your administrator, and do not clear data or remove the app before that.
gate-lease-title = Connect to go on
gate-lease-text = This device was offline for too long and is locked to protect customers. Connect to go on; everything entered is kept.
gate-revoked-title = This device was taken out of use
gate-revoked-text = Your administrator took this device out of use. What it still holds is being handed over: stay connected and tell the office.
gate-lost-title = This device's data was cleared
gate-lost-text = The browser or somebody cleared this site's data, and what was not yet safe on the server is gone. Tell the office, then sign in again.

## The list

find = Search cases
find-hint = Name, plate, model, number
filter = Filter
filter-all = All
filter-draft = Drafts
filter-running = Running
filter-attention = Attention
filter-over = Over
cases-none-yet = No cases yet. Begin one; it works without a signal.
cases-none-of-these = No cases of this kind.
cases-not-found-here = Nothing found. Try another name, plate or number.
case-unnamed = No name yet
case-no-vehicle = No vehicle yet
a-stage-draft = Draft
a-stage-conflict = Conflict
a-stage-handed-in = Handed in
a-stage-machine = Checking
a-stage-customer = Customer's turn
a-stage-office = Office's turn
a-stage-signed = Signed
a-stage-declined = Declined
a-stage-ended = Ended
a-stage-damaged = Damaged
safety-saved = On this device
safety-sending = Sending
safety-safe = Safe
safety-aside = Set aside
keeping = Saving…

case-moved-customer = { $number }: it is the customer's turn, show them the code
case-moved-office = { $number } is with the office
case-moved-signed = { $number }: the customer has signed
case-moved-declined = { $number } was declined
case-moved-ended = { $number } is over without a contract

## New case

new-lead = Choose a product and begin.
new-kept = The case is kept on this device first and sent when there is a network.
new-without-product = Begin without a product
offer-not-here = Products and plans are not on this device yet. They come with the first connection.

## One case

part-overview = Case
part-id-card = ID card
part-vehicle = Vehicle
part-papers = Vehicle papers
part-customer = Customer
part-work = Work and income
part-people = Spouse and contacts
part-bank = Bank card
part-plan = Price and plan
part-consents = Consents
part-review = Review and hand in
part-timeline = Timeline
part-handover = Customer's code
part-contract = Contract
part-settle = Settle values
case-parts = Parts of the case
case-after = After handing in
case-late = Something was changed after handing in. It is kept, but is no part of what was handed in.
case-no-longer-draft = The case was handed in: look only.
progress-done = Done
progress-missing = { $n } missing
progress-optional = Optional
progress-differs = Differs
go-on-to = Next: { $what }
fields-more = More (optional)
needed = needed
missing-lead = Still missing: {""}
missing-more = {" "}and { $n } more
missing-nothing = Nothing is missing: ready to hand in.
missing-something = Something
missing-photos = { $what } ({ $have } of at least { $need })
missing-photos-over = Too many photos: { $what } ({ $have } of at most { $need })
missing-consent = Consent: { $what }
missing-take-over = Confirm: { $what }
missing-correction = Correct: { $what }
missing-settlement = Settle: { $what }
missing-app-update = { $what } (update the app first)
take-back = Take the case back
take-back-sure = Nobody can fill in or hand in the case after that. Take it back?
take-back-go = Take back
take-back-not = Keep it

## Fields

key-x = Add X at the end
scan = Scan
scan-close = Close
card-never-ends = Never expires
proposed = Read from the photo: please check.
proposed-take = Correct, use it
proposed-unsure = Read from the photo, but not clearly: please compare.
proposed-other = The photo says { $text }
proposed-take-other = Use this
piece-of-photo = { $what } on the photo
differs = There are different values.
differs-go = Settle it
warn-owner-other = Not the customer's name. Check who owns the vehicle.
warn-birth-other = Not the birth date in the ID number. Please check.
warn-sex-other = Not what the ID number says. Please check.
warn-vin-check-digit = The check digit (9th character) does not fit; usually one character is wrong. If it is right, say why below.
warn-plate-energy = A green plate is for new-energy cars, but this says petrol. Please check.
warn-card-over = The ID card has expired. The customer needs a new one first.
field-condition = New or used
field-price = Price
field-down-payment = Down payment
field-term = Term (months)
field-product-kind = Kind of financing
field-sale-region = Region of registration
field-dealer = Dealer
field-purpose = Purpose
field-vin = VIN
field-vin-override = Why this VIN is right
field-plate = Number plate
field-brand = Brand
field-model = Model
field-energy = Energy
field-class = Class
field-mileage = Mileage
field-colour = Colour
field-made-on = Date of manufacture
field-engine-number = Engine number
field-seats = Seats
field-keys = Keys
field-owner = Owner
field-registered-on = First registration
field-licence-issued-on = Licence issued on
field-use-nature = Use
field-certificate = Certificate number
field-earlier-owners = Earlier owners
field-mortgaged = Mortgaged now
field-name = Name
field-id-number = ID number
field-phone = Mobile number
field-sex = Sex
field-birth = Date of birth
field-ethnicity = Ethnicity
field-card-address = Address on the card
field-home-address = Home address
field-housing = Housing
field-home-since = Living there since
field-marital = Marital status
field-education = Education
field-email = E-mail
field-card-issuer = Issued by
field-card-from = Valid from
field-card-until = Valid until
field-employer = Employer
field-employer-phone = Employer's phone
field-employer-address = Employer's address
field-position = Position
field-employed-since = Employed since
field-income = Income a month
field-other-income = Other income a month
field-spouse-name = Spouse's name
field-spouse-id-number = Spouse's ID number
field-spouse-phone = Spouse's mobile number
field-contact-name = Contact's name
field-contact-relation = Relation to the customer
field-contact-phone = Contact's mobile number
field-contact2-name = Second contact's name
field-contact2-phone = Second contact's mobile number
field-bank-name = Bank
field-bank-card = Card number
field-bank-phone = Mobile number known to the bank
field-plan = Plan
option-new = New
option-used = Used
option-loan = Loan
option-direct-lease = Direct lease
option-leaseback = Leaseback
option-fuel = Petrol or diesel
option-electric = Battery electric
option-plug-in = Plug-in hybrid
option-hydrogen = Hydrogen
option-passenger = Passenger car
option-light-commercial = Light commercial
option-heavy-truck = Heavy truck
option-yes = Yes
option-no = No
option-owned = Owned
option-mortgaged = Owned with a mortgage
option-rented = Rented
option-family = With family
option-employer = Employer's housing
option-single = Single
option-married = Married
option-divorced = Divorced
option-widowed = Widowed
option-man = Male
option-woman = Female

## Photos

slot-id-front = ID card, portrait side
slot-id-back = ID card, emblem side
slot-vehicle = Vehicle photos
slot-licence = Vehicle licence
slot-certificate = Registration certificate
slot-consent-signature = Signature
photo-hint-card = Lay the card flat, all four corners in view, no glare.
photo-hint-vehicle = Front, back and both sides, then type plate, dashboard and interior: 4 to 8 photos.
photo-hint-paper = Flat, complete, and easy to read.
photo-take = Take a photo
photo-choose = Choose a file
photo-take-of = Take a photo: { $what }
photo-choose-of = Choose a file: { $what }
photo-preparing = Preparing the photo…
photo-poor-blurred = The photo is not sharp. Hold still, let it focus and take it again.
photo-poor-glare = There is glare on it. Change the angle or move out of the light and take it again.
photo-poor-alt = The photo
photo-anyway-use = Use it anyway (a person looks at it)
photo-drop = Drop it
photo-remove = Remove photo: { $what }
photo-remove-sure = Remove
photo-state-kept = On this device
photo-state-sending = { $n } % sent
photo-state-safe = Safe
photo-state-rejected = Refused: take it again
photo-state-elsewhere = On another device
photos-optional = Optional
photos-of = { $have } of { $need }
photos-have = { $have }, at most { $most }
photo-camera-denied = The camera may not be used. Allow it for this site in the browser's settings, or use one of the two ways below.
photo-camera-missing = No camera can be used on this device. Choose a file.
photo-camera-busy = Another app is using the camera. Close it and try again, or choose a file.
photo-camera-again = Try the camera again
camera-light = Light
camera-opening = Opening the camera…
camera-fit = Fit the card into the frame.
camera-sharp = Sharp: take it now
camera-not-sharp = Not sharp yet: hold still, come a little closer
camera-shines = Glare: change the angle
camera-kept = Kept on this device
camera-not-kept-blurred = Not sharp, so not kept: take it again
camera-not-kept-glare = Glare, so not kept: take it again

## Plan

plan-price-first = Enter the price to see what each plan costs.
plan-adjust = Adjust down payment and term
plan-results = Plans
plan-monthly = A month
plan-total = Total with down payment
plan-annual = Annualised cost
plan-down = Down payment
plan-financed = Financed
plan-term = Term
plan-choose = Choose this plan
plan-chosen = Chosen
plan-agreed = The plan agreed on
plan-stale = Down payment or term has changed since. Choose a plan again.
plan-more = { $n } more
plan-none = No plan fits as it is
plan-none-hint = What would change it:
plan-preview = This is a preview: the final plan comes after the check.
plan-assumed = {" "}Assumed until it is filled in: { $what }.
assumed-energy = petrol
assumed-region = registered in Shanghai
assumed-age = customer aged 35
assumed-vehicle-age = 3 years old, 60,000 km

## Consents

consents-lead = Hand the device to the customer: read each one, tick it, then sign.
consents-aim = For
consents-data = Data
consents-days = Holds for
consents-text = Read all of it
consents-optional = Optional
consents-given = Signed
consents-take-effect = They take effect once the customer confirms by a code on their own phone. Nothing is queried before that.
consents-all-given = All consents are signed.
consents-tick-first = Tick what the customer agrees to first.
consents-sign-first = The customer has to sign inside the frame.
consents-go = Keep the signature
pad-title = Customer's signature
pad-hint = Sign with a finger inside the frame, for what is ticked above.
pad-area = Area to sign in
pad-undo = Undo a stroke
pad-clear = Clear

## Review, timeline, hand-over

review-complete = Look at it once more with the customer. It cannot change after that.
review-go = Hand the case in
review-offline = Works without a signal: kept here, and sent as soon as there is a network.
review-gaps = { $n } { $n ->
    [one] thing is
   *[other] things are
} missing
review-entered = What was entered
review-edit = Edit
review-edit-of = Edit { $what }
timeline-draft = Not handed in yet.
timeline-handed-in = Handed in; photos are still on their way. The check begins once all have arrived.
timeline-machine = The system is checking: usually a matter of seconds.
timeline-customer = The customer's turn: let them scan the code and go on on their own phone.
timeline-office = The office is looking at it.
timeline-signed = Signed.
contract-not-yet = The contract is here once the customer has signed it.
contract-fetch = Fetch the signed contract
contract-fetching = Fetching …
contract-hint = The file comes from the server and is not kept on this device. Each time it is fetched goes on record.
contract-file = Signed contract (PDF, { $n } KB)
contract-open = Open
contract-save = Save
contract-digest = SHA-256 of the file, to compare it with another copy:
timeline-declined = Declined; the customer was told why.
timeline-ended = Over.
timeline-total = { $time } in all
handover-lead = Let the customer scan this to confirm the consents, see the plan and sign on their own phone.
handover-code = QR code of the customer's link
handover-hint = The link is this customer's alone: show it, do not forward it.
handover-after = The customer's code appears here once the case is handed in and sent.
handover-over = The case is over: nobody has to scan anything any more.
handover-not-yet = The case has not reached the server yet. The code appears here once it has.
block-intake = Intake
block-photo-quality = Photo quality
block-ocr = Card reading
block-id-rules = ID rules
block-match-matrix = Match
block-duplicate-check = Duplicate check
block-consent-check = Consents
block-partner-query = Partner query
block-rule-table = Rule table
block-score-card = Score card
block-recommend-plan = Plan
block-match-funder = Funder
block-counter-offer = Counter-offer
block-request-more = Ask for more
block-manual-review = Review
block-disclose = Disclosure
block-generate-contract = Contract
block-sign = Signature
block-income-estimate = Income estimate
block-blacklist = Blacklist
block-vehicle-valuation = Vehicle valuation
block-field-visit = Field visit
block-wait = Wait
block-notify = Notice
block-parallel = In parallel
block-join = Joined
block-end = End
block-running = Going on
outcome-approve = approved
outcome-approved = approved
outcome-changed = changed
outcome-clear = clear
outcome-complete = complete
outcome-confirmed = confirmed
outcome-countered = other terms offered
outcome-decline = declined
outcome-declined = declined
outcome-done = done
outcome-error = failed; a person looks
outcome-exhausted = no tries left
outcome-enough = enough
outcome-too-low = may be too little
outcome-listed = on the blacklist
outcome-within = in line with its value
outcome-above = above its value
outcome-as-stated = as stated
outcome-not-as-stated = not as stated
outcome-arrived = arrived
outcome-expired = expired
outcome-failed = failed
outcome-found = found
outcome-generated = written
outcome-given = given
outcome-good = good
outcome-incomplete = incomplete
outcome-invalid = invalid
outcome-match = match
outcome-matched = matched
outcome-mismatch = do not match
outcome-needs-consent = waits for a consent
outcome-needs-person = a person looks
outcome-no-card = no card found
outcome-no-consent = no consent
outcome-no-record = no record
outcome-none = none
outcome-duplicate-check-none = no duplicate
outcome-recommend-plan-none = no plan fits
outcome-match-funder-none = no funder fits
outcome-counter-offer-none = nothing to propose
outcome-offered = other terms proposed
outcome-other-number = seen with another number
outcome-over-age = too old
outcome-pending = waits for an answer
outcome-poor = poor
outcome-refused = refused
outcome-request-more = more is needed
outcome-retake = to be taken again
outcome-photo-given = another photo given
outcome-scored = scored
outcome-seen = seen before
outcome-sent = sent
outcome-signed = signed
outcome-terms-changed = terms changed
outcome-timeout = timed out
outcome-unclear = unclear
outcome-under-age = too young
outcome-unknown = unknown
outcome-valid = valid
outcome-valued = valued

## Settle

settle-needed = Some values differ. Settle them before handing in.
settle-lead = Look at the papers and choose one for each. The others stay on record.
settle-nothing = There is nothing to settle.
settle-conflict = People entered different values.
settle-discrepancy = A partner's record says otherwise.
settle-use = Use this
settle-use-of = Use this: { $what }
settle-emptied = (emptied)
by-me = entered by me
by-colleague = a colleague ({ $id })
by-customer = entered by the customer
by-reader = read from the photo ({ $n } % sure)
by-partner = { $name }
partner-realname = the real-name service
partner-bureau = the credit bureau
partner-valuation = the valuation service

## Sync

link-offline = No connection
link-connecting = Connecting…
link-online = Connected
link-stopped = The server wants a newer app: connect and reload
sync-all-safe = Everything is safe on the server.
sync-unsafe = { $n } { $n ->
    [one] item
   *[other] items
} not yet safe on the server
sync-photos-wait = { $size } of photos wait
sync-photo-sending = This photo: { $n } % sent
sync-aside = { $n ->
    [one] The server refused one item. It needs you.
   *[other] The server refused { $n } items. They need you.
}
sync-connect = Connect now
sync-items = What is not yet safe
sync-more = { $n } more
sync-kept = What is not yet safe is kept here, encrypted, and never deleted before the server has it.
unsafe-change = { $n ->
    [one] 1 entry
   *[other] { $n } entries
}
unsafe-submission = Handing in
unsafe-photo = Photo: { $what }
unsafe-waiting = Waiting
unsafe-sending = Sending
unsafe-aside = Set aside

## Settings

settings-show = Display
settings-language = Language
settings-size = Text size
size-normal = Normal
size-large = Large
settings-device = This device
settings-account = Account
settings-name = Name
settings-lock = Lock now
settings-lock-hint = Opens again with the PIN only. Nothing waiting is affected.
settings-storage = Storage
install = Add to the home screen
install-go = Add it
install-why = On the home screen the app opens faster, and its data is less likely to be cleared.
install-by-hand = So that Safari does not clear its data: once all is sent, tap Share, then “Add to Home Screen”, and sign in there once more.
install-not-now = Not now
risk-nearly-full = This device is nearly full ({ $free } left), and { $n } { $n ->
    [one] item is
   *[other] items are
} not yet safe. Connect, or free some space.
risk-not-kept = { $n } { $n ->
    [one] item is
   *[other] items are
} not yet safe, and the browser may clear what it keeps when space runs short.
risk-put-away = OK
storage-kept = The browser keeps this device's data.
storage-at-risk = When space runs short the browser may clear what is not yet safe. Protect it below, or add the app to the home screen.
storage-refused = The browser did not agree. Add the app to the home screen and try again.
storage-ask = Protect the data
storage-used = { $used } used of { $quota }

rescue-title = Take what was not uploaded to the office
rescue-lead = Save it as files and hand them to the office, which takes them in on its page “Device sync”. Only the company's server can open them; everything stays on this device as it is.
rescue-make = Export what was not uploaded
rescue-next = Export the next file
rescue-busy = Exporting …
rescue-save = Save file { $n } ({ $things } items, { $size })
rescue-whole = Everything that was not uploaded is in these files. Save them and hand them to the office soon.
rescue-rest = Everything that can still be read is in these files. Save them and hand them to the office soon.
rescue-unreadable = { $n } more places are damaged and cannot be read.

## Problems

device-problem-unknown = That did not work. Try again; if it still fails, tell the office. Nothing entered is lost.
device-problem-engine-gone = The app's engine stopped. Reload; nothing entered is lost.
device-problem-engine-answer-unreadable = Two parts of the app differ in version. Reload.
device-problem-ask-unknown = Two parts of the app differ in version. Reload.
device-problem-not-here = That is not on this device. It comes with the next connection.
device-problem-case-damaged = This device cannot read a case any more. Nothing of it is lost, and your other cases work. Tell the office.
device-problem-case-unknown = This case is not on this device. Go back to the list.
device-problem-enrol-incomplete = Enter user name and password.
device-problem-pin-too-short = A PIN has at least 6 digits.
device-problem-pin-too-easy = That PIN is too easy to guess. Choose another.
device-problem-pin-differs = The two PINs differ. Enter them again.
device-problem-pin-wrong = Wrong PIN. Try again.
device-problem-pin-wait = Too many wrong PINs. Wait a while.
device-problem-device-locked = The app is locked. Unlock it first.
device-problem-offline = No network. Connect and try again.
device-problem-missing-field = Something needed is empty.
device-problem-nothing-unsynced = There is nothing to export: everything is on the server already.
device-problem-storage-unavailable = This browser keeps no data now. Leave private mode, close the app's other windows, and reload.
device-problem-storage-newer = A newer app wrote this device's data. Connect and update the app; nothing is lost.
device-problem-pin-form = The PIN has 6 to 12 digits.
device-problem-photo-form = This is no photo. Take it again, or choose a JPEG.
device-problem-photo-too-large = The photo is too large: take it again.
device-problem-photo-refused = The server did not take a photo; it is still on this device. See Sync.
device-problem-on-offer-newer = There is something new on offer that this app cannot show: update it. What was there still works.
device-problem-on-offer-unknown = Products and consents are not here yet: connect first.
device-problem-consent-words-outdated = The consents were reworded: let the customer read and sign again.
device-problem-consent-unknown = This consent cannot be signed now: connect and try again.
device-problem-contract-not-signed = This case has no signed contract yet.
device-problem-no-network = There is no network: connect and try again.
device-problem-enrolment-refused = The server did not enrol this device. Ask the office.
device-problem-enrolment-odd = The server's answer could not be read: update the app and try again.
device-problem-enrolled-already = This device is enrolled already: reload.
device-problem-field-unknown = Two parts of the app differ in version: reload.
device-problem-device-revoked = This device is out of use. Ask the office.
device-problem-device-outbox-full = Too much waits to be sent: connect before you go on.
device-problem-too-many-devices = You have as many devices as you may: take one out of use first.
device-problem-device-key-taken = That did not work: try again.
device-problem-device-name-form = A device's name has 1 to 40 characters.
device-problem-not-allowed = Your account may not enrol devices. Ask the office.
device-problem-storage-full = The device is full, so this was not kept. Free some space and try again.
device-problem-device-new = Nobody has enrolled this device yet: sign in first.
device-problem-engine-crashed = A part of the app has stopped. Reload; nothing entered is lost.
device-problem-keystore-lost = This device's keystore does not have the app's key any more, so its data cannot be opened. The files are kept. Tell the office.
device-problem-keystore-missing = This device's keystore cannot be reached. Set a screen lock or unlock the keychain, then try again. Your data is kept.
device-problem-server-not-secure = The server's address has to begin with https://.
device-problem-server-odd = Enter the server's address, such as https://miaopi.example.com.
device-problem-storage-in-use = The app is open in another window: go there, or close it and try again.
device-problem-storage-unreadable = This device's data cannot be read. The files are kept as they are: do not remove the app. Tell the office.
device-problem-vault-damaged = This device's key file cannot be read. The files are kept as they are: do not remove the app. Tell the office.
device-problem-storage-failed = The device's storage failed, so this was not kept. Try again.
device-problem-in-other-tab = The app is open in another tab. Use that one, or close it and reload.
device-problem-camera-denied = The camera is not allowed. Allow it in the browser's settings, or type it in.
device-problem-camera-missing = No camera can be used on this device. Type it instead.
device-problem-camera-busy = Another app is using the camera. Close it and try again, or type it.
device-problem-camera-lost = The camera went away; another app may have taken it. Open it once more.
device-problem-scan-unavailable = Scanning does not work here. Type it in.
device-problem-document-too-large = This is more than a case may hold. Begin a new one.
device-problem-document-too-many = Too many changes or photos. Begin a new case.
device-problem-document-malformed = The data is damaged. It is kept; tell the office.
device-problem-document-compressed = That form is not accepted. Update the app.
device-problem-document-poisoned = A change cannot be read and was set aside. Tell the office.
device-problem-document-schema-unknown = A newer app wrote this case. Update the app first.
device-problem-document-actor-reused = The device's data was copied, so this was set aside. Tell the office.
device-problem-document-sealed = The case was handed in and cannot change.
device-problem-document-field-in-conflict = There are different values. Settle which one counts first.
device-problem-document-nothing-to-settle = This is settled already. Look at the value again.
device-problem-document-value-too-long = That is too long. Shorten it.
device-problem-document-photo-unknown = This photo is not in the case. Take it again.
device-problem-document-incomplete = Something is still missing. Complete it, then hand it in.
device-problem-document-not-sealed = The case was not handed in yet. Just change it.
device-problem-document-nothing-changed = Nothing has changed.
device-problem-sync-frame-malformed = The connection broke and comes back by itself.
device-problem-sync-frame-too-large = The connection broke and comes back by itself.
device-problem-sync-too-many = The connection broke and comes back by itself.
device-problem-sync-out-of-order = The connection broke and comes back by itself.
device-problem-sync-version-unknown = The app is too old. Connect and reload.
device-problem-sync-newer = The server is newer. Reload to update the app.
device-problem-sync-busy = The server is busy; it is tried again by itself.
device-problem-sync-not-enrolled = The server does not know this device. Tell the office.
device-problem-sync-signature-wrong = A signature was wrong; it reconnects by itself. Tell the office if it comes back.
device-problem-sync-revoked = This device was taken out of use. Tell the office.
device-problem-sync-document-unknown = The server has no such case for you. Tell the office.
device-problem-sync-scope-unknown = You are no longer in this store or team. Tell the office.
device-problem-sync-change-malformed = The server cannot read this change. It is kept; tell the office.
device-problem-sync-change-too-large = This change is too large. It is kept; tell the office.
device-problem-sync-dependency-missing = It is being compared with the server.
device-problem-sync-actor-reused = The device's data was copied, so this was set aside. Tell the office.
device-problem-sync-document-full = The case has as many changes as it may have. Begin a new one.
device-problem-sync-submission-reused = The case was handed in before with other content. Tell the office.
device-problem-sync-manifest-malformed = The list of what was handed in is wrong. Tell the office.
device-problem-sync-cursor-unknown = The server was restored from a backup; it is being compared.
device-problem-sync-repair-failed = Comparing with the server failed; it is tried again by itself.
device-problem-sync-storage-full = The server is full; it is tried again by itself.
device-problem-sync-storage-failed = The server could not store it; it is tried again by itself.
