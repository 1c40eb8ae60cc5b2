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
problem-photo-too-dark = The photo is too dark to read the card. Please take it again where there is more light.
problem-photo-too-small = The card is too small in the photo to be read.
problem-photo-cut-off = The card is not completely in the picture: a corner is cut off.
problem-photo-no-card = There is no ID card to be found in this photo.
problem-photo-number-unread = The ID number on the photo could not be read. Please take a sharper one.

problem-name-missing = Please fill in your name.
problem-name-invalid = The name has a character that cannot be used. Please write it as on your card; between the parts of a minority name use “·”.
problem-name-unconfirmed = Please confirm your name before you go on.
problem-name-no-glyph = One character of your name cannot be printed on the contract yet. A colleague takes care of it; there is nothing you need to do.
problem-phone-missing = Please fill in your mobile number.
problem-phone-invalid = Please fill in a mobile number of 11 digits that begins with 1.

problem-consent-missing = This one needs your tick before we can go on.
problem-consent-funder-missing = Please tick at least one funder; without your permission we contact none.
problem-disclosure-too-early = The reading time is not over. Please read the costs above and confirm when the countdown has ended.
problem-disclosure-unticked = Please tick that you have read and understood all costs.
problem-terms-changed = The terms changed before you confirmed. Please look at the new ones and decide then.

problem-code-missing = Please fill in the 6 digits from the text message.
problem-code-wrong = That is not the code. Please compare it with the latest text message.
problem-code-expired = This code has expired. Please ask for a new one.
problem-code-attempts = The code was wrong too often and cannot be used any more. Please ask for a new one.
problem-code-too-soon = A code was sent only just now. Please wait a moment before asking for another.
problem-signature-too-long = The drawn signature has too many strokes. Please clear it and sign more simply, or leave it out.

problem-number-mismatch = The ID number you typed differs from the one on the photo. Please check the number or take the photo again.
problem-name-mismatch = The name differs from the one on the photo. Please correct it as on your card.
problem-realname-mismatch = The agency knows no such name for this number. Please check the name; if it is right, ask a person to look.
problem-duplicate-card = This photo was used in another application. A person has to look at it first.
problem-in-review = A person is looking at this application, so it cannot be changed right now.
problem-link-ended = This link no longer works. Please ask your advisor for a new one.
problem-step-passed = This step was done already. Below you see where the application stands.
problem-same-id-other-content = The content of the same submit has changed, so it was not taken. Please check and hand it in again.

problem-vehicle-missing = Please fill in the vehicle.
problem-product-missing = Please choose a product.
problem-region-missing = Please choose a region.
problem-price-invalid = Please fill in the price in yuan, such as 128800.
problem-down-payment-invalid = The down payment is an amount in yuan, not more than the price.
problem-amount-out-of-range = This amount is outside of what the product allows. Please change price or down payment.
problem-months-invalid = Please choose one of the terms listed.
problem-reason-missing = Please give a reason; the customer will read it.
problem-what-missing = Please choose what the customer shall hand in again.
problem-revision-changed = The case changed while you were looking at it. Please look at the latest before you decide.
problem-sign-in-wrong = User name or password is wrong.
problem-sign-in-too-many = Too many tries. Please sign in again in a few minutes.
problem-sign-in-needed = Please sign in first.
problem-not-allowed = Your account may not do this. If you need it, ask an administrator.
problem-not-found = Not found. It may be gone, or it is not yours to handle.
problem-cross-site = This request did not come from our page, so it was not carried out. Please reload the page and try again.

problem-already-made = A link was made from this form already, with other content. Load the page again for another one.
problem-idempotency-key-form = The key has to be 1 to 128 visible ASCII characters.
problem-case-signed = This customer has signed and reaches the contract through the link. Make a new link instead: the old one ends then.
problem-case-over = This case is over and has nothing more to show. Please make a link for a new case.
problem-contract-not-signed = This case has no signed contract. Look at the case to see where it stands.
problem-lead-decides = Nobody settled this case in time, so a manager or administrator decides it now.
problem-find-form = Please give a whole ID number, mobile number or case number.
problem-reveal-why-missing = Please choose why you need to see names and numbers in full.
problem-role-unknown = Please choose one of the roles listed.
problem-own-account = You cannot disable your own account. Ask another administrator.
problem-last-admin = This is the last administrator. Make another one first.

problem-busy = Many people are here right now. Please try again in a few seconds; nothing you typed is lost.
problem-storage-full = We are out of storage, so this step was not saved. Please try again in a while.
problem-store-unavailable = Data cannot be saved right now, so this step was not completed. Please try again in a while.
problem-partner-unavailable = A partner has not answered yet. We try again by ourselves; there is nothing you need to do.
problem-internal = Something went wrong on our side and this step was not completed. Please try again in a while.
