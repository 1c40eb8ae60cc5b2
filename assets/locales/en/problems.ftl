# Problem codes as sentences: what is wrong and what to do next

problem-unknown = This step was not completed. Please check and try again; if it still does not work, contact your advisor.

problem-id-number-missing = Please fill in your ID number.
problem-id-number-length = An ID number has 18 characters. Please check whether one is missing or too many.
problem-id-number-letters = An ID number has digits only; just the last character may be an X.
problem-id-number-checksum = The check digit of this ID number does not fit: usually one digit is mistyped. Please compare it with your card.
problem-id-number-birth-date = The date of birth inside this number does not exist. Please check characters 7 to 14.
problem-id-number-future = The date of birth inside this number is in the future. Please check characters 7 to 14.
problem-id-number-under-age = By the date of birth inside this number you are younger than this product requires. Please ask your advisor about other ways.
problem-id-number-over-age = By the date of birth inside this number you are older than this product allows. Please ask your advisor about other ways.

problem-photo-missing = Please hand in a photo of the portrait side of your ID card.
problem-photo-empty = The photo that arrived is an empty file. Please take or choose another.
problem-photo-too-large = The photo is larger than 20 MB. Please take it in the ordinary photo mode or choose a smaller file.
problem-photo-not-an-image = This file is not a photo. Please choose a photo in JPEG, PNG or WebP format.
problem-photo-truncated = The photo did not arrive completely. Please hand it in again, perhaps where the network is better.
problem-photo-too-many-pixels = The photo has more pixels than we can process. Please take it in the ordinary mode, not as a panorama or in high resolution.
problem-photo-animated = This is an animated or live picture. Please hand in one ordinary photo.
problem-photo-heic = This is a HEIC file, which we cannot read yet. Please use “Take a photo”, or save it as JPEG first.
problem-photo-unsupported-kind = We cannot read this kind of picture. Please hand in a photo in JPEG, PNG or WebP format.
problem-photo-decode-failed = This photo cannot be opened; it may be damaged. Please take another.
problem-photo-busy = Many photos are being processed. Please hand yours in again in a few seconds. Everything you typed is still here.
problem-photo-blurred = The photo is blurred and the text on the card cannot be read.
problem-photo-glare = There is glare on the card that hides some of the text.
problem-photo-glare-on-field = A reflection hides the name or the number on the card.
problem-photo-too-dark = The photo is too dark to read the card. Please take it again where there is more light.
problem-photo-too-small = The card is too small in the photo to be read.
problem-photo-cut-off = The card is not completely in the picture: a corner is cut off.
problem-photo-no-card = There is no ID card to be found in this photo.
problem-photo-unreadable = The ID card could not be read from the photo. Lay it flat and take a clearer one.
problem-photo-other-card = You said that the last one was not your card. Please photograph your own ID card.
problem-photo-asked-by-person = A colleague has looked and asks you for another photo of the card.
problem-photo-reader-unavailable = The reader is busy at the moment and did not take the photo. Hand it in again in a few seconds.
problem-too-many-uploads = Too many uploads were begun. Hand in the form; the photo goes with it.
problem-photo-number-unread = The ID number on the photo could not be read. Please take a sharper one.

problem-name-missing = Please fill in your name.
problem-name-invalid = The name has a character that cannot be used. Please write it as on your card; between the parts of a minority name use “·”.
problem-name-unconfirmed = Please confirm your name before you go on.
problem-person-name-length = A name has 2 to 30 characters. Please check it.
problem-person-name-character = The name has a character that cannot be used. Write it as on your ID card, without spaces, digits or signs.
problem-person-name-mixed = The name mixes Chinese characters and letters. Write it as on your ID card.
problem-person-name-dot = The dot “·” stands only between two parts of a name. Write it as on your ID card.
problem-name-no-glyph = One character of your name cannot be printed on the contract yet. A colleague takes care of it; there is nothing you need to do.
problem-phone-missing = Please fill in your mobile number.
problem-phone-invalid = Please fill in a mobile number of 11 digits that begins with 1.

problem-phone-length = A mobile number has 11 digits. Is one missing or too many?
problem-phone-digits = A mobile number has digits only.
problem-phone-prefix = This does not look like a mobile number. Give the 11 digits, beginning with 13 to 19.

problem-consent-missing = This one needs your tick before we can go on.
problem-consent-funder-missing = Please tick at least one funder; without your permission we contact none.
problem-disclosure-too-early = The reading time is not over. Please read the costs above and confirm when the countdown has ended.
problem-disclosure-unread = Please tick that you have read and understood all costs.
problem-terms-changed = The terms changed before you confirmed. Please look at the new ones and decide then.

problem-code-missing = Please fill in the 6 digits from the text message.
problem-code-wrong = That is not the code. Please compare it with the latest text message.
problem-code-expired = This code has expired. Please ask for a new one.
problem-code-attempts = The code was wrong too often and cannot be used any more. Please ask for a new one.
problem-code-too-soon = A code was sent only just now. Please wait a moment before asking for another.
problem-code-needed = Confirm with a code by text message that it is you, then open the contract.
problem-sms-unavailable = The text message could not be sent at the moment. Ask for it again in a minute.
problem-signature-too-long = The drawn signature has too many strokes. Please clear it and sign more simply, or leave it out.

problem-number-mismatch = The ID number you typed differs from the one on the photo. Please check the number or take the photo again.
problem-name-mismatch = The name differs from the one on the photo. Please correct it as on your card.
problem-realname-mismatch = The agency knows no such name for this number. Please check the name; if it is right, ask a person to look.
problem-duplicate-card = This photo was used in another application. A person has to look at it first.
problem-in-review = A person is looking at this application, so it cannot be changed right now.
problem-link-ended = This link no longer works. Please ask your advisor for a new one.
problem-step-passed = This step was done already. Below you see where the application stands.
problem-not-now = This is not asked at the moment. Below you see where you are.
problem-act-reused = This was already handed in with other content and was not taken again. Check it and hand it in once more.
problem-act-id-invalid = This page has been open for too long. Load it again and repeat what you did.
problem-form-broken = Not everything arrived. Please send it again.
problem-withdraw-unconfirmed = Please confirm that you want to withdraw.
problem-same-id-other-content = The content of the same submit has changed, so it was not taken. Please check and hand it in again.

problem-vehicle-missing = Please fill in the vehicle.
problem-product-missing = Please choose a product.
problem-region-missing = Please choose a region.
problem-product-unknown = Choose one of the products on offer.
problem-text-invalid = Give 1 to 80 characters without line breaks.
problem-region-invalid = Choose a region.
problem-amount-invalid = Give an amount in yuan, such as 128800.
problem-number-invalid = Give a whole number.
problem-term-invalid = Choose one of the terms.
problem-vin-length = A VIN has 17 characters. Is one missing or too many?
problem-vin-letters = A VIN has digits and letters only, and never I, O or Q.
problem-vin-check-digit = The VIN does not check; usually one character is wrong. Compare it with the vehicle or its licence.
problem-no-funder = No funder takes such a vehicle in this region. Change price, down payment or region.
problem-price-invalid = Please fill in the price in yuan, such as 128800.
problem-down-payment-invalid = The down payment is an amount in yuan, not more than the price.
problem-amount-out-of-range = This amount is outside of what the product allows. Please change price or down payment.
problem-months-invalid = Please choose one of the terms listed.
problem-reason-missing = Please give a reason; the customer will read it.
problem-action-unknown = Choose approve, decline or ask for more.
problem-what-missing = Please choose what the customer shall hand in again.
problem-case-moved-on = The case changed while you were looking at it. Please look at the latest before you decide.
problem-sign-in-wrong = User name or password is wrong.
problem-sign-in-too-many = Too many tries. Please sign in again in a few minutes.
problem-sign-in-needed = Please sign in first.
problem-not-allowed = Your account may not do this. If you need it, ask an administrator.
problem-not-found = Not found. It may be gone, or it is not yours to handle.
problem-cross-site = This request did not come from our page, so it was not carried out. Please reload the page and try again.

problem-busy = Many people are here right now. Please try again in a few seconds; nothing you typed is lost.
problem-storage-full = We are out of storage, so this step was not saved. Please try again in a while.
problem-store-unavailable = Data cannot be saved right now, so this step was not completed. Please try again in a while.
problem-partner-unavailable = A partner has not answered yet. We try again by ourselves; there is nothing you need to do.
problem-internal = Something went wrong on our side and this step was not completed. Please try again in a while.
