# The customer's page, from opening the link to signing

wechat-note = You are inside WeChat. If taking a photo, sending it or opening the contract does not work, tap “…” at the top right and choose “Open in browser”.
insecure-note = This connection is not encrypted (no https), so the camera view inside the page does not work. Handing in a photo with your phone's camera or from your files still works.
case-number = Application number
footer-safety = Applying costs nothing. Never tell anybody the code we send by text message, not even someone who says they work for us.
step = Step { $n } of { $of }
line-sending = Sending…
line-broken = The connection is broken. Everything you typed is still here and will be sent again as soon as the network is back.
line-again = Try again now

## First page

title-welcome = Financing for your car
welcome-lead = { $tenant } invites you to arrange the financing below. Please check it first. If anything is not right, ask your advisor to change it before you go on.
welcome-need = Have ready
welcome-need-card = Your own ID card; one photo of the side with your portrait is enough
welcome-need-phone = A phone that receives text messages, for the code
welcome-minutes = About { $n } { $n ->
    [one] minute
   *[other] minutes
}. You may leave at any time; the same link brings you back
welcome-start = Start
welcome-how = What happens next
welcome-how-1 = We ask for your consent first, and only then read your card and check it with the agencies named.
welcome-how-2 = The system finds a plan for you and lists every cost.
welcome-how-3 = Nothing is signed until you accept the plan and type in the code from your text message. Until then you may withdraw at any time.
welcome-expires = The link works until
request = Your request
request-amount = Amount to finance
request-price = Price of the car
request-down = Down payment
request-months = Term
request-tenant = Handled by
request-dealer = Dealer
request-advisor = Advisor

## Consents

title-consent-identity = Your consent to use identity data
consent-identity-lead = Your ID number and the photo of your card are sensitive personal data. Each use below needs your consent by itself: please read and tick one by one.
consent-identity-go = Agree to what is ticked and continue
consent-recipient = Given to
consent-data = What
consent-purpose = What for
consent-until = Valid
consent-text = Read the full text
consent-optional = optional
consent-withdraw-note = You can take your consent back later: choose “Withdraw the application” at the bottom of any page.
title-consent-partners = Your permission to ask others
consent-partners-lead = To find a plan we need to query your credit record and hand your application to funders. Without your permission we contact none of them.
title-consent-funder = One more permission is needed
consent-funder-lead = The funders you allowed have no suitable plan this time. The one below may have one, but only you can permit us to ask.
consent-queries = Queries and checks
consent-funders = Funders who may finance you
consent-funders-hint = Choose at least one. The more you choose, the more plans can be compared. Only those you tick receive your application.
consent-partners-go = Permit what is ticked and find a plan
consent-refuse = Not now
consent-refuse-hint = Without permission the review cannot go on. Your application stops here and your data goes to nobody.

## ID card

title-identity = ID number and photo
identity-lead = We compare number and photo to make sure that it is really you.
id-number = ID number
id-number-hint = 18 characters; the last one may be an X
id-number-key = Add X
phone = Mobile number
phone-hint = 11 digits; it receives the signing code and the result
name = Name
name-hint = As written on your ID card
identity-go = Hand in and check
identity-next = Next you see what was read, and can correct it.
photo-label = Photo of the side with your portrait
photo-why = The side with your name and portrait. The photo is used to check your identity only, is stored encrypted, and details such as the place it was taken are removed.
photo-camera = Take a photo
photo-file = Choose from photos or files
photo-limits = JPEG, PNG or WebP, at most 20 MB.
photo-choose-again = Your browser did not keep the photo. Please choose it again.
photo-kept = Your photo has arrived; there is no need for another. To replace it, choose one below.
photo-poor = This photo is not clear enough yet. Please take another with the tips below.
photo-anyway = You have tried a few times. You may also use this photo as it is: a person will look at it, which takes a little longer.
photo-anyway-go = Use this one and let a person look
photo-yours = The photo you handed in
photo-sent = Photo uploaded
photo-preview = Preview of the photo
tips-general-1 = Lay the card flat on something dark, all four corners in the picture
tips-general-2 = Keep lamps from shining on it: no bright spots on the card
tips-general-3 = Hold the phone still and wait until the picture is sharp
tips-blurred-1 = Hold the phone with both hands or rest your elbows on the table
tips-blurred-2 = Tap the card on the screen to focus, then take the photo
tips-blurred-3 = Wipe the lens; if it is dark, go to a window
tips-glare-1 = Turn the flash off
tips-glare-2 = Tilt the phone until no lamp is mirrored in the card
tips-glare-3 = Take the card out of its clear sleeve
tips-too-small-1 = Go closer, so that the card fills most of the picture
tips-too-small-2 = Turn the phone sideways
tips-too-small-3 = Photograph the card itself, not a screenshot or thumbnail
tips-cut-off-1 = All four corners must be in the picture
tips-cut-off-2 = Leave a little space around the card
tips-cut-off-3 = Keep your fingers off the card
tips-no-card-1 = Photograph the portrait side of the real ID card
tips-no-card-2 = Lay it on a table of another colour, so that its edges stand out
tips-no-card-3 = Photocopies and pictures on a screen cannot be used
camera-frame = Put the card inside the frame
camera-shoot = Take photo
camera-close = Close
camera-use = Use this one
camera-again = Retake
camera-blurred = It may be a little blurred. While the card is at hand, better take another.
camera-glare = There is glare on the card. From another angle it reads better.
camera-good = The photo is sharp
camera-denied = The camera may not be opened. Choose “Choose from photos or files”, or allow the camera in your browser's settings.

## Checking

title-reading = Check what was read
title-reading-unsure = Please confirm your name
reading-lead = This is what we read from your photo. Please compare it with your card; you can correct the name right here.
reading-lead-unsure = We are not sure about your name. Please confirm it, or write it as on your card.
reading-lead-partner = The agency that checks names knows another spelling. Please confirm your name as written on your card.
reading-lead-not-read = Your name could not be read from the photo. Please write it as on your card.
reading-card-picture = The ID card cut out of your photo
reading-name-picture = The line with the name, cut out of your photo
reading-caption = From your photo
reading-one-tap = Is it one of these? One tap is enough
name-hint-asked = None of them? Write it here as on your card
sex = Sex
ethnicity = Ethnicity
birth = Date of birth
address = Address
reading-confirm = This is me, everything is right
reading-retake = This is not my card: hand in again

## Waiting

title-progress = We are on it
progress-usual = Usually there is a result in about { $n } { $n ->
    [one] second
   *[other] seconds
}. This page updates by itself.
progress-slow = It takes longer than usual: one of the agencies has not answered yet. You need not wait here.
progress-signing = Your code was right and your word counts. The signature service does not answer at the moment: we try again until { $until } at the latest, then a person takes it over. You need not do anything, and nothing is asked of you twice.
progress-leave = You may leave this page and the work goes on; the same link shows you the result.
progress-look = Show the latest
stage-waiting = waiting
stage-running = at work
stage-done = done
stage-attention = needs another look
stage-skipped = not needed
stage-label-identity = Check the ID number
stage-label-photo = Read the card
stage-label-registry = Confirm name and number
stage-label-credit = Query the credit record
stage-label-valuation = Value the vehicle
stage-label-score = Weigh it all
stage-label-plan = Find a plan
stage-label-funder = The funder's answer
stage-label-contract = Write the contract
stage-label-sign = Sign and time-stamp
stage-label-other = Another check

## One thing again

title-ask-photo = Please take the photo again
title-ask-phone = Please correct your mobile number
title-ask-name = Please correct your name
title-ask-number = Please correct your ID number
ask-only-this = Only this is needed; everything else is saved.
ask-from-person = Our colleague writes:
ask-go = Hand in

## Ways out

ways = Other choices
ask-person = Ask a person to look
ask-person-text = You have the right to a decision by a person, not by the system alone. A colleague will look at your application and tell you the result with its reasons.
ask-person-note = Anything to add? (optional)
ask-person-go = Hand it to a person
withdraw = Withdraw the application
withdraw-text = The work stops at once and the consents you gave end. You can apply again later. Queries already made cannot be undone.
withdraw-go = Yes, withdraw
automated-note = The system found this result by itself, from what you handed in and what the queries said. You may ask a person to decide again, or withdraw.
