# 客户页面：方案、费用、签署与结果

## 方案

title-offer = 为您找到的方案
title-offer-changed = 方案有变化，请重新确认
offer-lead = 请先看清每个数字，满意再接受。接受后还有费用明示和短信验证码两步，之后才会签署。
offer-lead-changed = 资金方调整了条件。您之前的确认已经失效，请按新的条件重新决定。
offer-card = 方案摘要
offer-monthly = 每月应付
offer-months = 期限
offer-financed = 融资金额
offer-down = 首付
offer-last = 最后一期
offer-annual = 综合年化成本
offer-cost = 利息和费用合计
offer-total = 应付总额
offer-more = 其他条件
offer-valid = 方案保留至
offer-accept = 接受这个方案
offer-accept-hint = 现在还不会签署任何文件。
offer-reasons = 为什么推荐它
would-change = 怎样会得到不同的结果
offer-schedule = 查看逐期还款计划
offer-changes = 哪些条件变了
title-offer-counter = 我们可以提供另一个方案
offer-lead-counter = 没有找到完全符合您要求的方案，下面是最接近的条件。由您决定接受或拒绝，现在还不会签署任何文件。
changes-asked = 您的要求
offer-refuse = 拒绝这个方案
offer-refuse-text = 拒绝后不会按这些条件融资，也不会签署任何文件。如果拿不准，可以先请人工看看。
offer-refuse-go = 确认拒绝
changes-what = 条件
changes-before = 原来
changes-after = 现在

## 综合融资成本明示

title-disclosure = 综合融资成本明示表
disclosure-lead = 签署之前，请完整阅读您需要承担的全部成本。没有列在表里的费用，不得向您收取。
disclosure-by = 明示机构：{ $funder }
disclosure-annual = 综合融资年化成本
disclosure-total = 综合融资总成本
cost-item = 项目
cost-amount = 金额或费率
disclosure-reading = 阅读时间还剩
disclosure-wait = 请阅读 { $n } 秒后再点下面的按钮。提前点也没关系：会回到本页，并告诉您还差几秒。
disclosure-tick = 我已阅读并理解上面列出的全部成本
disclosure-go = 确认，去签署

## 验证码

title-code = 输入验证码，签署合同
code-lead = 合同已经拟好。请先阅读，再输入短信验证码完成签署。
code-contract = 待签合同
contract-read = 在线阅读合同
contract-pdf = 下载 PDF
code = 短信验证码
code-sent = 6 位数字，已发送到 { $phone }
code-time = 验证码有效时间还剩
code-over = 这个验证码已经失效，请重新获取。
code-attempts = 还可以输入 { $n } 次
code-go = 确认签署
code-means = 输入验证码即表示您本人同意签署这份合同，与手写签名具有同等效力。
code-resend = 重新获取验证码
code-wait = { $n } 秒后可以重新获取
signature = 另附手写签名（可选）
signature-hint = 用手指在框内签名，作为补充证据。不签也不影响合同效力。
signature-area = 手写签名区域
signature-undo = 撤销一笔
signature-clear = 清空
contract-number = 合同编号
contract-signed = 已签署
contract-unsigned = 待签署
contract-hash = 文件指纹（SHA-256）
contract-back = 返回

## 结果

title-done = 签署完成
done-lead = 合同已经生效，每个签名都带有可信时间戳。
done-first-due = 首次付款日
done-next = 接下来
done-keep = 请下载并保存合同。以后再打开这个链接，需要用短信验证码确认是您本人。
done-time = 系统办理共用时 { $time }（不含等待您操作的时间）。
title-in-review = 工作人员正在查看
in-review-by = { $team }会在 { $time } 之前给您答复。
in-review-asked = 按您的要求，已转给工作人员处理。
in-review-why = 为什么需要人来看
in-review-next = 您现在可以做什么
in-review-phone = 结果会发短信到 { $phone }。
in-review-leave = 不用守在这里；再点同一个链接，就能看到最新进度。
title-declined = 这次申请没有通过
declined-lead = 很抱歉，这次申请没有通过。申请已停止，不会再做任何查询。
title-refused = 您拒绝了这个方案
declined-lead-refused = 您拒绝了这个方案。申请已停止，没有签署任何文件，也不会再做任何查询。
declined-why = 原因
declined-by-person = 这个结果由工作人员作出。如果您认为有误，可以请另一位工作人员复核。
title-person-asked = 已转给工作人员
title-withdrawn = 申请已撤回
withdrawn-at = 撤回时间：
withdrawn-next = 以后想再办理，请让您的顾问发一个新链接。

## 链接

title-locked = 请先确认是您本人
locked-lead = 这项申请已经办完。为了保护您的信息，查看之前请用 { $phone } 收到的验证码确认。
locked-send = 发送验证码
locked-go = 查看结果
title-contract = 合同
title-link-ended = 这个链接已经失效
link-ended-text = 链接过了有效期，或者已被收回。
link-ended-next = 请联系您的顾问，让他发一个新链接给您。
title-not-found = 没有找到这个页面
not-found-text = 地址可能没有复制完整。
not-found-next = 请回到短信或微信里重新点一次链接；还是不行，请让您的顾问重新发一个。
title-busy = 现在办理的人较多
busy-text = 您填写的内容没有丢失，请稍等几秒。
busy-next = 页面会自动再试，也可以自己点一下。
busy-again = 再试一次
title-trouble = 我们这边出了点问题
trouble-text = 这不是您的错，已经保存的内容都还在。
trouble-next = 请过一会儿再打开这个链接。如果还是不行，请把下面的编号告诉您的顾问。
trouble-reference = 问题编号
