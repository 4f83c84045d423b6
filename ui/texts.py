"""Every stop cause and reject reason in the operator's words: 原因 and 处理办法."""

from agent.domain.words import Notice, Reason, StopCause
from ui.words import Advice, Words

NOTICES: dict[Notice, Words] = {
    Notice.PRINTER_LOW: Words(
        zh="喷码机缓冲偏低：检查网络和电脑负载。",
        en="The coder's buffer is low: check network and load.",
    ),
    Notice.OPCUA_DOWN: Words(
        zh="OPC UA 服务未运行，产线不受影响：原因见日志。",
        en="The OPC UA server is down; the line runs on: the log says why.",
    ),
    Notice.PRINT_QUALITY: Words(
        zh="喷印质量在变差，尚未剔除：趁停机处理喷头、镜头或编码器。",
        en="Print quality drifts, no reject yet: see to head, lens or encoder.",
    ),
}

STOPS: dict[StopCause, Advice] = {
    StopCause.CONSECUTIVE_REJECTS: Advice(
        name=Words(zh="连续剔除", en="Rejects in a row"),
        cause=Words(
            zh="连续剔除达到上限，多为喷印不良或相机异常。",
            en="Too many rejects in a row: bad print or camera trouble.",
        ),
        remedy=Words(
            zh="看下方剔除原因；检查喷印质量、喷头、镜头和光源，处理好后恢复。",
            en="See the reasons below; check print, nozzle, lens and light; resume.",
        ),
    ),
    StopCause.SEQUENCE: Advice(
        name=Words(zh="顺序错位", en="Codes out of step"),
        cause=Words(
            zh="读到的码不在它应在的产品上：漏触发、多触发或产品被搬动。",
            en="Codes sit on other items than planned: missed or double trigger.",
        ),
        remedy=Words(
            zh="检查触发传感器和产品间距；清走喷印与剔除口之间的产品，再恢复。",
            en="Check trigger sensor and spacing; clear coder to gate, then resume.",
        ),
    ),
    StopCause.PRINTER: Advice(
        name=Words(zh="喷码机故障", en="Coder fault"),
        cause=Words(
            zh="喷码机无应答、报警或未就绪；已发出的码去向不明。",
            en="The coder is silent, in alarm or not ready; codes sent are in doubt.",
        ),
        remedy=Words(
            zh="按喷码机屏幕处理报警，就绪后恢复；存疑的码会作废，不会重印。",
            en="Clear the coder's alarm, then resume; codes in doubt are voided.",
        ),
    ),
    StopCause.READER: Advice(
        name=Words(zh="读码设备故障", en="Camera or reader fault"),
        cause=Words(
            zh="相机或读码器无应答，产品无法验证。",
            en="Camera or reader is silent, nothing can be verified.",
        ),
        remedy=Words(
            zh="检查电源、网线和镜头；设备栏显示就绪后恢复。",
            en="Check power, cable and lens; resume when its link is ready.",
        ),
    ),
    StopCause.LINE_IO: Advice(
        name=Words(zh="PLC 无应答", en="PLC silent"),
        cause=Words(
            zh="与 PLC 的通信中断；剔除口已自动全部剔除并停线。",
            en="No answer from the PLC; the gate rejects all and stops by itself.",
        ),
        remedy=Words(
            zh="检查网线、电源和 PLC 运行状态；通信恢复后在柜上按复位，再恢复。",
            en="Check cable, power and PLC; press its reset, then resume.",
        ),
    ),
    StopCause.REJECT_UNCONFIRMED: Advice(
        name=Words(zh="剔除未确认", en="Reject not confirmed"),
        cause=Words(
            zh="剔除已动作，确认传感器没有看到产品落下。",
            en="A reject fired and nothing fell: air, flap, bin or its sensor.",
        ),
        remedy=Words(
            zh="检查气压、挡板和剔除箱；取出剔除口后的可疑产品，再恢复。",
            en="Check air, flap and bin; take out what may be bad; then resume.",
        ),
    ),
    StopCause.LABELLER: Advice(
        name=Words(zh="标签打印机故障", en="Label printer fault"),
        cause=Words(
            zh="标签打印机无应答或报警；最后一张标签是否打出不明。",
            en="Label printer silent or in alarm; the last label is in doubt.",
        ),
        remedy=Words(
            zh="检查纸、碳带、打印头；标签已出就贴上扫描，没有就按 F6 补标，再恢复。",
            en="Check media and head. Label out: apply, scan; none: F6. Then resume.",
        ),
    ),
    StopCause.LABEL_MISMATCH: Advice(
        name=Words(zh="标签不符", en="Wrong label"),
        cause=Words(
            zh="扫到的标签不属于正在等待的箱或垛。",
            en="The label scanned belongs to no case or pallet that waits.",
        ),
        remedy=Words(
            zh="取下该标签并核对；贴上正确的标签再扫描，丢失就按 F6 补标；再恢复。",
            en="Take it off, apply the right one and scan; if lost, F6. Then resume.",
        ),
    ),
    StopCause.CODES_EXHAUSTED: Advice(
        name=Words(zh="码已用完", en="No codes left"),
        cause=Words(
            zh="本任务的码包已没有可用的码。",
            en="The packages of this order hold no unused code.",
        ),
        remedy=Words(
            zh="通知主管向平台申请码包；新码包到达后恢复。",
            en="Have more codes requested; resume when the package has arrived.",
        ),
    ),
    StopCause.STORE: Advice(
        name=Words(zh="记录写入失败", en="Records cannot be written"),
        cause=Words(
            zh="数据库不能写入，产品不能放行。",
            en="The database cannot be written, so nothing may pass.",
        ),
        remedy=Words(
            zh="不要恢复。通知维护人员检查磁盘和日志。",
            en="Do not resume. Call maintenance: disk and log.",
        ),
    ),
    StopCause.DISK: Advice(
        name=Words(zh="磁盘空间不足", en="Disk nearly full"),
        cause=Words(
            zh="剩余空间低于停线限值；未回传的数据不会删除。",
            en="Free space is below the stop limit; nothing unsent is deleted.",
        ),
        remedy=Words(
            zh="通知维护人员腾出空间或恢复网络回传，再恢复。",
            en="Have space freed or the network restored, then resume.",
        ),
    ),
    StopCause.OPERATOR: Advice(
        name=Words(zh="人工停线", en="Stopped by a person"),
        cause=Words(zh="有人在操作端停了线。", en="Somebody stopped the line."),
        remedy=Words(
            zh="确认现场安全、原因已排除后恢复。",
            en="Make sure it is safe and settled, then resume.",
        ),
    ),
}

REASONS: dict[Reason, Advice] = {
    Reason.NO_READ: Advice(
        name=Words(zh="未读到码", en="no read"),
        cause=Words(zh="图像中没有可读的码。", en="No readable code in the picture."),
        remedy=Words(
            zh="检查喷印对比度、喷头清洁、镜头和光源。",
            en="Check contrast, nozzle, lens and light.",
        ),
    ),
    Reason.WRONG_FORMAT: Advice(
        name=Words(zh="格式不符", en="wrong format"),
        cause=Words(
            zh="读到的内容不符合规格模板的码格式。",
            en="What was read has not the format of the spec.",
        ),
        remedy=Words(
            zh="检查是否用错瓶盖、标签或喷印模板。",
            en="Check for wrong caps, labels or print template.",
        ),
    ),
    Reason.UNKNOWN_CODE: Advice(
        name=Words(zh="未知码", en="unknown code"),
        cause=Words(zh="码不在本任务的码包中。", en="The code is in no package here."),
        remedy=Words(
            zh="检查是否混入其他产品或旧料；核对码包。",
            en="Look for foreign material; check the package.",
        ),
    ),
    Reason.NOT_IN_FLIGHT: Advice(
        name=Words(zh="非在途码", en="not in flight"),
        cause=Words(
            zh="码属于本线，但现在不应出现（已作废或未下发）。",
            en="One of ours, but not due: voided or never sent.",
        ),
        remedy=Words(
            zh="拿走断线前喷好的产品；不要放回生产线。",
            en="Remove items printed before the interruption.",
        ),
    ),
    Reason.DUPLICATE: Advice(
        name=Words(zh="重码", en="duplicate"),
        cause=Words(zh="这个码已经用过。", en="The code was used before."),
        remedy=Words(
            zh="检查是否有产品被放回，或喷码机重复喷印。",
            en="Look for items put back, or a coder repeating itself.",
        ),
    ),
    Reason.WRONG_PRODUCT: Advice(
        name=Words(zh="产品不符", en="wrong product"),
        cause=Words(zh="码属于另一种产品。", en="The code is of another product."),
        remedy=Words(
            zh="清场：找出混入的产品、瓶盖或标签。",
            en="Clear the line of the other product or material.",
        ),
    ),
    Reason.SEQUENCE_FAULT: Advice(
        name=Words(zh="顺序错位", en="out of step"),
        cause=Words(
            zh="码不在它应在的产品上。",
            en="The code sits on another item than planned.",
        ),
        remedy=Words(
            zh="检查触发传感器、产品间距和打滑。",
            en="Check trigger sensor, spacing and slip.",
        ),
    ),
    Reason.AMBIGUOUS: Advice(
        name=Words(zh="一件多码", en="ambiguous"),
        cause=Words(zh="一件产品上读到多个码。", en="More than one code on one item."),
        remedy=Words(
            zh="调整相机区域，只看一件产品；检查重复喷印。",
            en="Narrow the camera region; look for double prints.",
        ),
    ),
    Reason.LATE: Advice(
        name=Words(zh="判定过迟", en="late"),
        cause=Words(
            zh="到剔除口时判定还没有存盘。",
            en="The verdict was not on disk when the item reached the gate.",
        ),
        remedy=Words(
            zh="经常出现时降低线速，并通知维护人员检查磁盘。",
            en="If frequent, slow down and have the disk checked.",
        ),
    ),
    Reason.LOW_GRADE: Advice(
        name=Words(zh="印刷等级低", en="low grade"),
        cause=Words(
            zh="码读得出，但印刷等级低于要求，或无法评级。",
            en="The code reads, but its print is below the grade asked for, or "
            "could not be graded.",
        ),
        remedy=Words(
            zh="清洁喷头，检查墨水、编码器、镜头和光源。",
            en="Clean the head; check ink, encoder, lens and light.",
        ),
    ),
    Reason.WRONG_TEXT: Advice(
        name=Words(zh="文字不符", en="wrong text"),
        cause=Words(
            zh="码旁的批号或日期与任务不符，或看不清。",
            en="Batch or dates beside the code are not those of the order.",
        ),
        remedy=Words(
            zh="核对喷码机的批号和日期，检查喷印。",
            en="Check batch and dates at the coder, and the print.",
        ),
    ),
    Reason.MISPLACED: Advice(
        name=Words(zh="位置偏移", en="misplaced"),
        cause=Words(
            zh="码不在包装上应在的位置，或者歪斜。",
            en="The code is not where it belongs on the pack, or is skewed.",
        ),
        remedy=Words(
            zh="检查触发延时、导轨、喷头和相机的位置。",
            en="Check trigger delay, guides, head and camera position.",
        ),
    ),
    Reason.SECOND_CODE: Advice(
        name=Words(zh="第二码不符", en="second code"),
        cause=Words(
            zh="包装上另一个码缺失，或指向另一个标识。",
            en="The pack's other code is missing or names another identity.",
        ),
        remedy=Words(
            zh="检查标签或瓶盖是否混料，再检查喷印。",
            en="Look for mixed labels or caps, then check the print.",
        ),
    ),
    Reason.CONFLICT: Advice(
        name=Words(zh="读数矛盾", en="conflict"),
        cause=Words(
            zh="两个解码器在同一处读出不同的内容。",
            en="Two decoders read different texts at one place.",
        ),
        remedy=Words(
            zh="检查喷印是否重叠或损坏。",
            en="Look for overlapping or damaged prints.",
        ),
    ),
    Reason.ORDER_FULL: Advice(
        name=Words(zh="任务已满", en="order full"),
        cause=Words(zh="任务数量已经达到。", en="The order has reached its target."),
        remedy=Words(
            zh="拿走多余产品，等待任务关闭。",
            en="Take surplus items away; wait for the order to close.",
        ),
    ),
}
