//! Chinese in traditional characters.

use super::Words;

pub(super) const WORDS: Words = Words {
    meeting_with: "與{}的會議",
    cancelled_with: "已取消：與{}的會議",
    moved_with: "已改期：與{}的會議",
    booked: "您的會議已預約。行事曆邀請請見附件。",
    moved: "您的會議已改期。行事曆邀請請見附件。",
    cancelled: "此會議已取消。",
    when: "時間",
    who: "聯絡人",
    length: "時長",
    minutes: "{} 分鐘",
    change: "變更或取消會議",
    not_you: "如果您沒有預約此會議，請透過上方連結取消；不會再有其他人就此與您聯絡。",
    cancel: "取消會議",
    cancel_ask: "您可以取消會議，或改到下列其中一個時間。",
    move_to: "改到此時間",
    other_times: "其他時間",
    no_other_times: "目前沒有其他時間。",
    passed: "此會議已開始或已結束，無法再變更。",
    taken: "有人搶先一步：該時間已無法預約。您的會議維持不變。",
    overtaken: "會議在這段期間有變更。以下是目前的安排。",
    unknown: "此連結沒有對應的會議。連結可能沒有完整複製。",
    undo: "取消我的報名",
    undo_ask: "按一下即可刪除這次報名。您不會再收到相關郵件。",
    undone: "您的報名已取消。",
    registered_note: "您收到這封郵件，是因為有人在我們網站的聊天中填寫了此地址。如果不是您本人，請透過上方連結取消報名。",
    all_times: "時區：{}",
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
