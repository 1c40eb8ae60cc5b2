# Staff pages

office-footer = Miaopi front office · every look and every change is recorded
office-insecure = This connection is not encrypted (no https). Except for trying things out on this very machine, do not sign in here.
nav-links = Customer links
nav-cases = Cases
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
queue-total = { $n } { $n ->
    [one] case
   *[other] cases
}
queue-none = Nothing is waiting right now.
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
case-approve = Approve and go on
case-decline = Decline
case-request-legend = Ask the customer for one thing again
case-request-photo = the photo
case-request-name = the name
case-request-phone = the phone
case-request = Ask the customer
case-request-this = Ask the customer again: { $what }
case-timeline = The path so far
title-message = Message
message-code = Code
title-api-docs = API
api-lead = The description for machines is at the address below. Errors follow RFC 9457 and carry a stable code.
api-parameters = Parameters
api-body = Body
api-answers = Answers
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
cases-find-hint = The whole ID number, mobile number or case number. Every search is recorded.
cases-find-go = Search
cases-found = { $n ->
    [one] 1 case found.
   *[other] { $n } cases found.
}
cases-not-found = No case belongs to this number. Only the whole number is found.
cases-show-all = Show all cases
cases-none = There is no such case.
cases-filter = Filter
cases-filter-all = All
cases-filter-open = Running
cases-filter-review = With us
cases-filter-customer = With the customer
cases-filter-approved = Signed
cases-filter-declined = Declined
cases-filter-withdrawn = Withdrawn
cases-filter-expired = Expired
cases-filter-error = Failed
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
key-make-go = Make the key
key-list = Keys
key-none = There is no key yet.
key-live = live
key-revoked = revoked
key-revoke = Revoke
key-revoke-this = Revoke the key “{ $label }”
key-secret = The key for “{ $whose }”
key-secret-text = It is shown this once. Whoever holds it may make links, follow cases and fetch contracts.

# Roles without a page of their own

title-duties = You are signed in
duties-today = What you can do today
duty-designer = You compose flows from blocks.
duty-today-designer = There is no drawing board in this release. A flow is a JSON file; “miaopi check-flow” proves it against the platform's rules and shows the path that breaks one. Flows go live with a release. You see no customer's case.
duty-approver = You approve flows that somebody else composed, before they go live.
duty-today-approver = Approval has no page in this release: flows go live with a release. Run “miaopi check-flow” on the file to see its proof. You see no customer's case.
duty-controller = You steer partners and quotas.
duty-today-controller = Partners, their limits and funders' quotas are set in the configuration of this release. On the links page you see every link of your company and may take one back or renew it.
duty-operator = You run the platform for all companies. You see no customer's case, anywhere.
duty-today-operator = You watch the health and the figures of the server, and keep tenants, accounts and backups with the command line (“miaopi admin”, “miaopi backup”).
duty-health = Is it alive?
duty-ready = Is it ready?
duty-metrics = Figures
