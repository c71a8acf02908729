//! Chinese in simplified characters.

use super::Words;

pub(super) const WORDS: Words = Words {
    meeting_with: "与{}的会议",
    cancelled_with: "已取消：与{}的会议",
    moved_with: "已改期：与{}的会议",
    booked: "您的会议已预约。日历邀请见附件。",
    moved: "您的会议已改期。日历邀请见附件。",
    cancelled: "此会议已取消。",
    when: "时间",
    who: "对接人",
    length: "时长",
    minutes: "{} 分钟",
    change: "更改或取消会议",
    not_you: "如果您没有预约此会议，请通过上方链接取消；不会再有其他人就此联系您。",
    cancel: "取消会议",
    cancel_ask: "您可以取消会议，或改到下面的某个时间。",
    move_to: "改到此时间",
    other_times: "其他时间",
    no_other_times: "目前没有其他时间。",
    passed: "此会议已开始或已结束，无法再更改。",
    taken: "有人抢先一步：该时间已不可预约。您的会议保持不变。",
    overtaken: "会议在此期间有更改。以下是目前的安排。",
    unknown: "此链接没有对应的会议。链接可能没有复制完整。",
    undo: "取消我的报名",
    undo_ask: "点击一次即可删除此次报名。您不会再收到相关邮件。",
    undone: "您的报名已取消。",
    registered_note: "您收到此邮件，是因为有人在我们网站的聊天中填写了此地址。如果不是您本人，请通过上方链接取消报名。",
    all_times: "时区：{}",
    weekdays: [
        "星期一",
        "星期二",
        "星期三",
        "星期四",
        "星期五",
        "星期六",
        "星期日",
    ],
    months: [
        "1月", "2月", "3月", "4月", "5月", "6月", "7月", "8月", "9月", "10月", "11月", "12月",
    ],
};
