# 客户页面：从打开链接到签署

wechat-note = 您正在微信里打开。如果拍照、上传或打开合同不顺利，请点右上角“…”，选择“在浏览器打开”。
insecure-note = 当前连接没有加密（不是 https），页面里的取景框用不了。您仍然可以用手机相机或相册提交照片。
case-number = 申请编号
footer-safety = 提交申请不收费。请勿把短信验证码告诉任何人，包括自称客服的人。
step = 第 { $n } 步，共 { $of } 步
line-sending = 正在提交…
line-broken = 网络断了，您填写的内容都还在。网络恢复后会自动重新提交。
line-again = 立即重试

## 首页

title-welcome = 购车融资申请
welcome-lead = { $tenant }邀请您办理下面这项融资。请先核对；如有出入，请联系您的顾问修改后再继续。
welcome-need = 请准备好
welcome-need-card = 您本人的身份证原件，只需拍一张人像面
welcome-need-phone = 能收短信的手机，用来接收验证码
welcome-minutes = 大约 { $n } 分钟。中途可以离开，再点这个链接就能接着办
welcome-start = 开始办理
welcome-how = 接下来会怎样
welcome-how-1 = 先征得您的同意，再读取身份证、向相关机构核实。
welcome-how-2 = 系统为您匹配方案，把每一项费用列清楚。
welcome-how-3 = 您接受方案并输入短信验证码，合同才会签署。在此之前随时可以撤回。
welcome-expires = 链接有效期至
request = 申请内容
request-amount = 拟融资金额
request-price = 车辆价格
request-down = 首付
request-months = 期限
request-tenant = 受理机构
request-dealer = 经销商
request-advisor = 顾问

## 同意

title-consent-identity = 请您同意使用身份信息
consent-identity-lead = 身份证号码和身份证照片属于敏感个人信息。下面每一项单独征求您的同意，请逐项阅读后勾选。
consent-identity-go = 同意所选，下一步
consent-recipient = 提供给
consent-data = 涉及信息
consent-purpose = 用途
consent-until = 有效期
consent-text = 查看完整条款
consent-optional = 可选
consent-withdraw-note = 同意之后也可以撤回：在任何一页底部选择“撤回申请”即可。
title-consent-partners = 请您授权查询
consent-partners-lead = 找到合适的方案，需要查询征信，并把您的申请交给资金方审核。没有您的授权，我们不会联系其中任何一家。
title-consent-funder = 还需要一项新的授权
consent-funder-lead = 您授权过的资金方这次没有合适的方案。下面这家可能可以，但必须先得到您的授权。
consent-queries = 查询与核实
consent-funders = 可能为您出资的机构
consent-funders-hint = 至少选择一家。选得越多，可比较的方案越多；只有您勾选的机构会收到您的申请。
consent-partners-go = 授权所选，开始匹配
consent-refuse = 暂不授权
consent-refuse-hint = 不授权就无法继续审核，申请会停在这里，您的信息不会提供给任何机构。

## 身份证

title-identity = 身份证号码和照片
identity-lead = 我们会比对号码与照片，确认是您本人在办理。
id-number = 身份证号码
id-number-hint = 18 位，最后一位可能是 X
id-number-key = 填入 X
phone = 手机号码
phone-hint = 11 位，用来接收签署验证码和办理结果
name = 姓名
name-hint = 与身份证上的写法一致
identity-go = 提交并核对
identity-next = 下一步您会看到识别结果，可以更正。
photo-label = 身份证人像面照片
photo-why = 有姓名和头像的那一面。照片只用于核实身份，加密保存，拍摄位置等附带信息会被去掉。
photo-camera = 拍照
photo-file = 从相册或文件选择
photo-limits = JPEG、PNG 或 WebP，最大 20 MB。
photo-choose-again = 浏览器没有保留刚才的照片，请重新选择。
photo-kept = 照片已收到，不用重拍。想换一张，请在下面重新选择。
photo-poor = 这张照片还不够清楚，请按下面的提示重拍一张。
photo-anyway = 已经试了几次。您也可以直接用这张照片，由工作人员人工查看，需要多等一会儿。
photo-anyway-go = 就用这张，转人工查看
photo-yours = 您提交的照片
photo-sent = 照片已上传
photo-preview = 照片预览
tips-general-1 = 把身份证平放在深色桌面上，四角都拍进来
tips-general-2 = 避开灯光直射，证件上不要有亮斑
tips-general-3 = 拿稳手机，等画面清晰后再拍
tips-blurred-1 = 双手拿稳，或把手肘撑在桌上
tips-blurred-2 = 先点一下屏幕上的证件对焦，再拍
tips-blurred-3 = 擦一擦镜头；光线太暗时到窗边拍
tips-glare-1 = 关掉闪光灯
tips-glare-2 = 换个角度，让灯光不再映在证件上
tips-glare-3 = 取下透明卡套再拍
tips-too-small-1 = 靠近一些，让证件占满画面的大部分
tips-too-small-2 = 把手机横过来拍
tips-too-small-3 = 请拍实物，不要拍截图或缩略图
tips-cut-off-1 = 四个角都要在画面里
tips-cut-off-2 = 证件四周留一点空白
tips-cut-off-3 = 手指不要挡住证件
tips-no-card-1 = 请拍身份证原件的人像面
tips-no-card-2 = 证件放在颜色不同的桌面上，轮廓更清楚
tips-no-card-3 = 复印件、屏幕上的照片都不能用
camera-frame = 把证件放进框里
camera-shoot = 拍摄
camera-close = 关闭
camera-use = 使用这张
camera-again = 重拍
camera-blurred = 可能有些模糊。趁证件还在手边，建议重拍。
camera-glare = 证件上有反光。换个角度再拍，识别会更准。
camera-good = 照片清晰
camera-denied = 没有打开相机的权限。请改用“从相册或文件选择”，或在浏览器设置里允许使用相机。

## 核对

title-reading = 核对识别结果
title-reading-unsure = 请确认您的姓名
reading-lead = 这是从照片上读到的内容。请与证件核对；姓名有误可以直接改。
reading-lead-unsure = 姓名这几个字我们没有把握，请您确认，或改成证件上的写法。
reading-lead-partner = 核实机构登记的姓名与识别结果不一致，请按证件确认您的姓名。
reading-lead-not-read = 照片上的姓名没有读出来，请按证件填写。
reading-card-picture = 从照片中裁出的身份证
reading-name-picture = 从照片中裁出的姓名一栏
reading-caption = 取自您的照片
reading-one-tap = 是下面的写法吗？点一下就行
name-hint-asked = 都不对？请在这里按证件填写
sex = 性别
ethnicity = 民族
birth = 出生
address = 住址
reading-confirm = 是我本人，信息无误
reading-retake = 这不是我的证件，重新提交

## 等待

title-progress = 正在为您办理
progress-usual = 通常 { $n } 秒左右就有结果，页面会自动更新。
progress-slow = 这次比平时慢一些，有机构还没有答复。您不用守在这里。
progress-signing = 验证码正确，您的签署意愿已记录。签名服务暂时没有响应，系统会继续尝试，最晚到 { $until }；之后由人工接手。您无需任何操作，也不用再次签署。
progress-leave = 您可以离开这个页面，办理不会中断；再点同一个链接就能看到结果。
progress-look = 查看最新进度
stage-waiting = 等待
stage-running = 进行中
stage-done = 完成
stage-attention = 需进一步核实
stage-skipped = 无需办理
stage-label-identity = 核对身份证号码
stage-label-photo = 识别证件照片
stage-label-registry = 核实实名信息
stage-label-credit = 查询征信
stage-label-valuation = 评估车辆价值
stage-label-score = 综合评估
stage-label-plan = 匹配融资方案
stage-label-funder = 资金方审批
stage-label-contract = 生成合同
stage-label-sign = 签署并加盖时间戳
stage-label-other = 其他核实

## 只补一项

title-ask-photo = 请重拍身份证
title-ask-phone = 请更正手机号码
title-ask-name = 请更正姓名
title-ask-number = 请更正身份证号码
ask-only-this = 只需要补这一项，其他内容都已保存。
ask-from-person = 工作人员说：
ask-go = 提交

## 出路

ways = 其他选择
ask-person = 请工作人员来看
ask-person-text = 您有权要求由人来重新判断，而不只由系统决定。工作人员会查看您的申请，并把结果和理由告诉您。
ask-person-note = 想补充什么？（可不填）
ask-person-go = 转给工作人员
withdraw = 撤回申请
withdraw-text = 撤回后办理立即停止，您给出的授权同时失效，不影响您以后再申请。已经发生的查询无法收回。
withdraw-go = 确认撤回
automated-note = 这个结果由系统根据您提供的信息和查询结果自动得出。您可以请工作人员重新判断，也可以撤回申请。
