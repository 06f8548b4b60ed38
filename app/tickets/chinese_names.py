"""The Chinese words for what the engine knows by English names: for refusals, notices and screens."""

from app.matters.model import Action, Category, LimitName, Role, Source, Status, SuperviseHow, UrgeHow, Urgency

ACTION = {
    Action.RECEIVE: "受理",
    Action.ANSWER: "当场答复",
    Action.REFER: "指引至主管部门",
    Action.DISPATCH: "交办",
    Action.ACCEPT: "签收",
    Action.INFORM: "收件告知",
    Action.HEAD_READ: "负责人亲自阅批",
    Action.REPORT: "报结",
    Action.RETURN: "退回",
    Action.APPROVE_RETURN: "同意退回",
    Action.REJECT_RETURN: "不同意退回",
    Action.REQUEST_EXTENSION: "申请延期",
    Action.APPROVE_EXTENSION: "同意延期",
    Action.REJECT_EXTENSION: "不同意延期",
    Action.URGE: "催办",
    Action.SUPERVISE: "督办",
    Action.EXPLAIN: "说明原因",
    Action.ESCALATE: "上报",
    Action.FOLLOW_UP: "回访",
    Action.REDO: "重办",
    Action.CLOSE: "办结",
    Action.ARCHIVE: "归档",
    Action.MERGE: "合并",
    Action.PUBLISH: "公开",
    Action.MOVE_LIMITS: "时限顺延",
}

STATUS = {
    Status.RECEIVED: "已受理",
    Status.ANSWERED: "已当场答复",
    Status.REFERRED: "已指引",
    Status.DISPATCHED: "已交办",
    Status.ACCEPTED: "办理中",
    Status.RETURN_REQUESTED: "申请退回",
    Status.RETURNED: "已退回待交办",
    Status.REPORTED: "已报结",
    Status.SATISFIED: "回访满意",
    Status.DISSATISFIED: "回访不满意",
    Status.UNREACHABLE: "回访未接通",
    Status.CLOSED: "已办结",
    Status.PROVISIONALLY_CLOSED: "暂时办结",
    Status.ARCHIVED: "已归档",
    Status.MERGED: "已合并",
}

ROLE = {
    Role.FRONT_DESK: "前台",
    Role.BACK_OFFICE: "后台",
    Role.UNIT: "承办单位",
    Role.UNIT_HEAD: "承办单位负责人",
    Role.LEADER: "领导",
    Role.DISCIPLINE: "纪检监察",
    Role.SYSTEM: "系统",
}

CATEGORY = {
    Category.CONSULT: "咨询",
    Category.SUGGESTION: "建议批评",
    Category.COMPLAINT: "投诉举报",
    Category.REPORT_ECONOMIC: "举报经济问题",
    Category.HELP_PUBLIC: "求助（公共服务）",
    Category.HELP_LIFE: "求助（生活服务）",
    Category.HELP_EMERGENCY: "求助（应急）",
}

URGENCY = {Urgency.ORDINARY: "一般", Urgency.URGENT: "紧急", Urgency.MAJOR: "重大"}

SOURCE = {Source.CITIZEN: "群众", Source.LEADER: "领导批示", Source.SUPERIOR: "上级交办"}

LIMIT = {
    LimitName.DISPATCH_BY: "交办时限",
    LimitName.INFORM_BY: "收件告知时限",
    LimitName.REPORT_BY: "办理时限",
    LimitName.RETURN_BY: "退回时限",
    LimitName.FOLLOW_UP_BY: "回访时限",
    LimitName.CLOSE_BY: "办结时限",
    LimitName.EXPLAIN_BY: "说明原因时限",
}

URGE_HOW = {UrgeHow.SYSTEM: "系统催办", UrgeHow.PHONE: "电话催办"}

SUPERVISE_HOW = {
    SuperviseHow.PHONE: "电话督办",
    SuperviseHow.WRITTEN: "书面督办",
    SuperviseHow.ON_SITE: "实地督办",
}

MATTER = {
    "content": "诉求内容",
    "name": "来电人姓名",
    "phone": "联系电话",
    "address": "单位或住址",
    "place": "地点",
    "persons": "人物",
    "happened_at": "时间",
    "request": "诉求事项",
}

REPLY = {
    "text": "答复内容",
    "signer": "签发人",
    "unit": "答复单位",
    "handler": "具体承办人姓名",
    "replied_at": "答复时间",
    "satisfaction": "群众满意度",
    "informed": "告知时间",
}

HOLDS = {"found": "查明的情况", "done": "办理措施", "result": "办理结果"}

NEED = {
    "reason": "理由",
    "measures": "办理措施",
    "signed_by": "单位主要负责人签字",
    "legal_basis": "法规依据",
    "suggested_unit": "建议转办单位",
    "to": "办理部门",
    "phone": "办理部门的联系电话",
}
