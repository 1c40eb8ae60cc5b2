# 问题代码对应的说明：说清楚哪里不对，以及下一步怎么做

problem-unknown = 这一步没有完成，请检查后再试一次；还是不行，请联系您的顾问。

problem-id-number-missing = 请填写身份证号码。
problem-id-number-length = 身份证号码应为 18 位，请数一数有没有漏填或多填。
problem-id-number-letters = 身份证号码只能有数字，最后一位可以是 X。
problem-id-number-checksum = 这个身份证号码校验不通过，通常是输错了一位。请对照证件检查。
problem-id-number-birth-date = 号码中的出生日期不存在。请检查第 7 到第 14 位。
problem-id-number-future = 号码中的出生日期还没有到。请检查第 7 到第 14 位。
problem-id-number-under-age = 按号码中的出生日期，您还不到这个产品要求的年龄。请联系您的顾问，看看其他办法。
problem-id-number-over-age = 按号码中的出生日期，您超过了这个产品规定的年龄。请联系您的顾问，看看其他办法。

problem-photo-missing = 请提交身份证人像面的照片。
problem-photo-empty = 收到的照片是空文件。请重新拍一张或选择一张。
problem-photo-too-large = 照片超过 20 MB。请用普通照片模式重拍，或选择小一些的文件。
problem-photo-not-an-image = 这个文件不是照片。请选择 JPEG、PNG 或 WebP 格式的照片。
problem-photo-truncated = 照片没有传完整。请重新提交一次，网络不稳时可以换个地方。
problem-photo-too-many-pixels = 照片的像素太多，处理不了。请用普通照片模式重拍，不要用全景或高像素模式。
problem-photo-animated = 这是动图或实况照片。请提交一张普通的静态照片。
problem-photo-heic = 这是 HEIC 格式，暂时读不了。请用“拍照”重拍，或在相册里另存为 JPEG 再选。
problem-photo-unsupported-kind = 这种图片格式读不了。请提交 JPEG、PNG 或 WebP 格式的照片。
problem-photo-decode-failed = 这张照片打不开，可能已经损坏。请重新拍一张。
problem-photo-busy = 正在处理的照片较多，请过几秒再提交一次。您填写的内容都还在。
problem-photo-blurred = 照片有些模糊，证件上的字看不清。
problem-photo-glare = 证件上有反光，盖住了部分文字。
problem-photo-too-dark = 照片太暗，证件上的字看不清。请到亮一些的地方重拍。
problem-photo-too-small = 证件在照片里太小，字看不清。
problem-photo-cut-off = 证件没有拍全，有一角在画面外。
problem-photo-no-card = 照片里没有找到身份证。
problem-photo-number-unread = 照片上的身份证号码没有读出来，请拍得更清楚一些。

problem-name-missing = 请填写姓名。
problem-name-invalid = 姓名里有不能使用的字符。请按身份证上的写法填写，少数民族姓名中的间隔点请用“·”。
problem-name-unconfirmed = 请先确认姓名，再继续。
problem-name-no-glyph = 姓名中有个字暂时无法打印在合同上。工作人员会为您处理，不需要您做什么。
problem-phone-missing = 请填写手机号码。
problem-phone-invalid = 请填写 11 位的手机号码，以 1 开头。

problem-consent-missing = 这一项需要您勾选同意，才能继续。
problem-consent-funder-missing = 请至少勾选一家资金方；没有授权，我们不会联系任何一家。
problem-disclosure-too-early = 阅读时间还没有到。请看完上面的成本，等倒计时结束再确认。
problem-disclosure-unticked = 请勾选确认您已阅读并理解全部成本。
problem-terms-changed = 条件在您确认之前有了变化。请看过新的条件再决定。

problem-code-missing = 请填写短信里的 6 位验证码。
problem-code-wrong = 验证码不对。请核对短信里最新收到的 6 位数字。
problem-code-expired = 这个验证码已经失效。请重新获取一个。
problem-code-attempts = 输错次数太多，这个验证码不能再用了。请重新获取一个。
problem-code-too-soon = 刚刚才发送过验证码，请稍等片刻再获取。
problem-signature-too-long = 手写签名的笔画太多。请清空后简单签一次，或者不签。

problem-number-mismatch = 您填写的身份证号码与照片上的不一致。请检查号码，或重新拍照。
problem-name-mismatch = 姓名与照片上的不一致。请按证件更正。
problem-realname-mismatch = 核实机构没有查到与这个号码相符的姓名。请检查姓名；如果没有写错，可以请工作人员来看。
problem-duplicate-card = 这张证件照片在另一项申请里出现过，需要工作人员先查看。
problem-in-review = 这项申请正由工作人员查看，暂时不能修改。
problem-link-ended = 这个链接已经失效。请联系您的顾问发一个新链接。
problem-step-passed = 这一步已经办过了。下面是当前的进度。
problem-same-id-other-content = 同一份提交里的内容变了，没有收下。请核对后重新提交。

problem-vehicle-missing = 请填写车辆。
problem-product-missing = 请选择产品。
problem-region-missing = 请选择地区。
problem-price-invalid = 请填写车辆价格，以元为单位，例如 128800。
problem-down-payment-invalid = 首付应为不超过车价的金额，以元为单位。
problem-amount-out-of-range = 金额不在这个产品允许的范围内。请调整车价或首付。
problem-months-invalid = 请选择列出的期限。
problem-reason-missing = 请写明理由，客户会看到这段话。
problem-what-missing = 请选择要客户补哪一项。
problem-revision-changed = 您查看期间，这件申请有了变化。请看过最新内容再处理。
problem-sign-in-wrong = 用户名或密码不对。
problem-sign-in-too-many = 试的次数太多了，请过几分钟再登录。
problem-sign-in-needed = 请先登录。
problem-not-allowed = 您的账号没有这项权限。需要的话请联系管理员。
problem-not-found = 没有找到。可能已经不在了，或者不归您处理。
problem-cross-site = 这个请求不是从本页面发出的，没有执行。请刷新页面再试。

problem-already-made = 这份表单已经用别的内容生成过链接。需要再生成一个，请重新打开页面。
problem-idempotency-key-form = 密钥应为 1 到 128 个可见的 ASCII 字符。
problem-case-signed = 这位客户已经签署，要通过这个链接查看合同。请换新链接，旧链接会随即失效。
problem-case-over = 这件申请已经结束，没有内容可看了。请为新的申请生成链接。
problem-contract-not-signed = 这件申请没有已签署的合同。请打开申请查看当前情况。
problem-lead-decides = 这件申请没有按时处理，现在由区域经理或管理员决定。
problem-find-form = 请填写完整的身份证号码、手机号码或申请编号。
problem-reveal-why-missing = 请选择为什么需要查看完整的姓名和号码。
problem-role-unknown = 请选择列出的角色。
problem-own-account = 不能停用自己的账号。请让另一位管理员来做。
problem-last-admin = 这是最后一个管理员。请先建立另一个。

problem-busy = 现在办理的人较多，请过几秒再试。您填写的内容没有丢失。
problem-storage-full = 我们的存储空间不足，这一步没有保存。请过一会儿再试。
problem-store-unavailable = 数据暂时保存不了，这一步没有完成。请过一会儿再试。
problem-partner-unavailable = 合作机构暂时没有答复，我们会自动再试，您不用做什么。
problem-internal = 我们这边出了点问题，这一步没有完成。请过一会儿再试。
