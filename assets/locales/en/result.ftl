# The customer's page: plan, costs, signing and results

## Plan

title-offer = The plan we found for you
title-offer-changed = The plan has changed: please decide again
offer-lead = Look at every figure before you accept. After that come the sheet of all costs and the code by text message; only then is anything signed.
offer-lead-changed = The funder changed the terms. Your earlier confirmation no longer counts: please decide on the new terms.
offer-card = The plan in short
offer-monthly = Each month
offer-months = Term
offer-financed = Amount financed
offer-down = Down payment
offer-last = Last payment
offer-annual = Annualised cost
offer-cost = Interest and fees in total
offer-total = To pay in total
offer-more = Further terms
offer-valid = The offer stands until
offer-accept = Accept this plan
offer-accept-hint = Nothing is signed yet.
offer-reasons = Why this plan
would-change = What would change the result
offer-schedule = Show every payment
offer-changes = What has changed
title-offer-counter = We can offer you other terms
offer-lead-counter = We could not find what you asked for, but these terms come closest. You decide: accept them, or refuse them. Nothing is signed yet.
changes-asked = You asked for
offer-refuse = Refuse this plan
offer-refuse-text = Then nothing is financed on these terms, and nothing is signed. If you are unsure, ask a person first.
offer-refuse-go = Yes, refuse it
changes-what = Term
changes-before = Before
changes-after = Now

## Sheet of all costs

title-disclosure = All costs of your financing
disclosure-lead = Please read every cost you would bear before you sign. Nothing that is not on this sheet may be charged.
disclosure-by = Stated by { $funder }
disclosure-annual = Annualised cost of the financing
disclosure-total = Total cost of the financing
cost-item = Item
cost-amount = Amount or rate
disclosure-reading = Reading time left
disclosure-wait = Please read for { $n } { $n ->
    [one] second
   *[other] seconds
} before you press the button below. If you press it earlier, you come back to this page and see how many seconds are left.
disclosure-tick = I have read and understood all costs listed above
disclosure-go = Confirm and go on to sign

## Code

title-code = Type in the code to sign
code-lead = The contract is ready. Please read it first, then sign with the code we sent by text message.
code-contract = Contract to sign
contract-read = Read the contract
contract-pdf = Download PDF
code = Code from the text message
code-sent = 6 digits, sent to { $phone }
code-time = The code works for another
code-over = This code has expired. Please ask for a new one.
code-attempts = { $n } { $n ->
    [one] try
   *[other] tries
} left
code-go = Sign the contract
code-means = By typing in the code you yourself agree to this contract. It counts like your handwritten signature.
code-resend = Send a new code
code-wait = A new code can be sent in { $n } s
signature = Add a drawn signature (optional)
signature-hint = Sign with your finger inside the frame, as additional evidence. The contract is just as valid without it.
signature-area = Area for the drawn signature
signature-undo = Undo a stroke
signature-clear = Clear
contract-number = Contract number
contract-signed = signed
contract-unsigned = not signed yet
contract-hash = Fingerprint of the file (SHA-256)
contract-back = Back

## Results

title-done = Signed
done-lead = Your contract is in force. Each signature carries a trusted time-stamp.
done-first-due = First payment
done-next = What comes next
done-keep = Please download and keep your contract. To open this link again you will need a code from a text message.
done-time = The system needed { $time } in total, without the time it waited for you.
title-in-review = A person is looking at it
in-review-by = { $team } will answer you by { $time }.
in-review-asked = As you asked, a person decides.
in-review-why = Why a person looks
in-review-next = What you can do now
in-review-phone = The result comes by text message to { $phone }.
in-review-leave = You need not wait here; the same link always shows you the latest.
title-declined = Your application was not approved
declined-lead = We are sorry: your application was not approved. It has stopped, and no further queries are made.
title-refused = You refused the plan
declined-lead-refused = You refused the plan. Your application has stopped; nothing was signed and no further queries are made.
declined-why = Why
declined-by-person = A person decided this. If you think it is wrong, ask for another person to look again.
title-person-asked = A person will look at it
title-withdrawn = Your application is withdrawn
withdrawn-at = Withdrawn on
withdrawn-next = If you want to apply again later, ask your advisor for a new link.

## Links

title-locked = Please confirm that it is you
locked-lead = This application is finished. To protect your data, please confirm with a code sent to { $phone } before you see it.
locked-send = Send me a code
locked-go = Show the result
title-contract = Contract
title-link-ended = This link no longer works
link-ended-text = It is too old, or it was taken back.
link-ended-next = Please ask your advisor for a new link.
title-not-found = There is no such page
not-found-text = Perhaps the address was not copied completely.
not-found-next = Please open the link in your message once more. If that does not help, ask your advisor to send a new one.
title-busy = Many people are here right now
busy-text = Nothing you typed is lost. Please wait a few seconds.
busy-next = The page tries again by itself, or you can do so now.
busy-again = Try again
title-trouble = Something went wrong on our side
trouble-text = It is not your fault, and everything saved is still there.
trouble-next = Please open this link again in a while. If it still does not work, tell your advisor the number below.
trouble-reference = Reference
