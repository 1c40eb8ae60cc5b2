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
problem-photo-glare-on-field = 反光盖住了证件上的姓名或号码。
problem-photo-too-dark = 照片太暗，证件上的字看不清。请到亮一些的地方重拍。
problem-photo-too-small = 证件在照片里太小，字看不清。
problem-photo-cut-off = 证件没有拍全，有一角在画面外。
problem-photo-no-card = 照片里没有找到身份证。
problem-photo-unreadable = 照片上的身份证没有读出来。请把证件放平、拍清楚一些。
problem-photo-other-card = 您说刚才那张不是您的证件。请拍您本人的身份证。
problem-photo-asked-by-person = 工作人员看过之后，请您重拍一张证件照片。
problem-photo-reader-unavailable = 识别服务暂时忙不过来，照片没有收下。请过几秒再提交一次。
problem-too-many-uploads = 上传次数太多了。请直接提交表单，照片会随表单一起发送。
problem-photo-number-unread = 照片上的身份证号码没有读出来，请拍得更清楚一些。

problem-name-missing = 请填写姓名。
problem-name-invalid = 姓名里有不能使用的字符。请按身份证上的写法填写，少数民族姓名中的间隔点请用“·”。
problem-name-unconfirmed = 请先确认姓名，再继续。
problem-person-name-length = 姓名应为 2 到 30 个字，请检查。
problem-person-name-character = 姓名里有不能使用的字符。请按身份证上的写法填写，不要带空格、数字或符号。
problem-person-name-mixed = 姓名里混用了汉字和字母。请按身份证上的写法填写。
problem-person-name-dot = 间隔点“·”只能用在两部分姓名之间，请按身份证上的写法填写。
problem-name-no-glyph = 姓名中有个字暂时无法打印在合同上。工作人员会为您处理，不需要您做什么。
problem-phone-missing = 请填写手机号码。
problem-phone-invalid = 请填写 11 位的手机号码，以 1 开头。

problem-phone-length = 手机号码应为 11 位，请数一数有没有漏填或多填。
problem-phone-digits = 手机号码只能有数字。
problem-phone-prefix = 这不像手机号码。请填写以 13 到 19 开头的 11 位号码。

problem-consent-missing = 这一项需要您勾选同意，才能继续。
problem-consent-funder-missing = 请至少勾选一家资金方；没有授权，我们不会联系任何一家。
problem-disclosure-too-early = 阅读时间还没有到。请看完上面的成本，等倒计时结束再确认。
problem-disclosure-unread = 请勾选确认您已阅读并理解全部成本。
problem-terms-changed = 条件在您确认之前有了变化。请看过新的条件再决定。

problem-code-missing = 请填写短信里的 6 位验证码。
problem-code-wrong = 验证码不对。请核对短信里最新收到的 6 位数字。
problem-code-expired = 这个验证码已经失效。请重新获取一个。
problem-code-attempts = 输错次数太多，这个验证码不能再用了。请重新获取一个。
problem-code-too-soon = 刚刚才发送过验证码，请稍等片刻再获取。
problem-code-needed = 请先用短信验证码确认是您本人，再打开合同。
problem-sms-unavailable = 短信暂时发不出去。请过一分钟再获取一次。
problem-signature-too-long = 手写签名的笔画太多。请清空后简单签一次，或者不签。

problem-number-mismatch = 您填写的身份证号码与照片上的不一致。请检查号码，或重新拍照。
problem-name-mismatch = 姓名与照片上的不一致。请按证件更正。
problem-realname-mismatch = 核实机构没有查到与这个号码相符的姓名。请检查姓名；如果没有写错，可以请工作人员来看。
problem-duplicate-card = 这张证件照片在另一项申请里出现过，需要工作人员先查看。
problem-in-review = 这项申请正由工作人员查看，暂时不能修改。
problem-link-ended = 这个链接已经失效。请联系您的顾问发一个新链接。
problem-step-passed = 这一步已经办过了。下面是当前的进度。
problem-not-now = 现在不需要办这一步。下面是当前的进度。
problem-act-reused = 这一步已经用别的内容提交过，没有收下。请核对后重新提交。
problem-act-id-invalid = 页面放得太久了。请刷新页面，再做一次。
problem-form-broken = 内容没有传完整。请再提交一次。
problem-withdraw-unconfirmed = 请确认您要撤回申请。
problem-same-id-other-content = 同一份提交里的内容变了，没有收下。请核对后重新提交。

problem-vehicle-missing = 请填写车辆。
problem-product-missing = 请选择产品。
problem-region-missing = 请选择地区。
problem-product-unknown = 请选择一个在售的产品。
problem-text-invalid = 请填写 1 到 80 个字，不要换行。
problem-region-invalid = 请选择地区。
problem-amount-invalid = 请填写金额，以元为单位，例如 128800。
problem-number-invalid = 请填写整数。
problem-term-invalid = 请选择列出的期限。
problem-vin-length = 车辆识别代号（VIN）应为 17 位，请数一数。
problem-vin-letters = 车辆识别代号只能有数字和字母，且没有 I、O、Q。
problem-vin-check-digit = 车辆识别代号校验不通过，通常是输错了一位。请对照车辆或行驶证检查。
problem-no-funder = 这个地区没有资金方接受这样的车辆。请调整车价、首付或地区。
problem-price-invalid = 请填写车辆价格，以元为单位，例如 128800。
problem-down-payment-invalid = 首付应为不超过车价的金额，以元为单位。
problem-amount-out-of-range = 金额不在这个产品允许的范围内。请调整车价或首付。
problem-months-invalid = 请选择列出的期限。
problem-reason-missing = 请写明理由，客户会看到这段话。
problem-action-unknown = 请选择通过、不通过，或请客户补充。
problem-what-missing = 请选择要客户补哪一项。
problem-case-moved-on = 您查看期间，这件申请有了变化。请看过最新内容再处理。
problem-sign-in-wrong = 用户名或密码不对。
problem-sign-in-too-many = 试的次数太多了，请过几分钟再登录。
problem-sign-in-needed = 请先登录。
problem-not-allowed = 您的账号没有这项权限。需要的话请联系管理员。
problem-not-found = 没有找到。可能已经不在了，或者不归您处理。
problem-cross-site = 这个请求不是从本页面发出的，没有执行。请刷新页面再试。

problem-busy = 现在办理的人较多，请过几秒再试。您填写的内容没有丢失。
problem-storage-full = 我们的存储空间不足，这一步没有保存。请过一会儿再试。
problem-store-unavailable = 数据暂时保存不了，这一步没有完成。请过一会儿再试。
problem-partner-unavailable = 合作机构暂时没有答复，我们会自动再试，您不用做什么。
problem-internal = 我们这边出了点问题，这一步没有完成。请过一会儿再试。
