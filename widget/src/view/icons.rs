//! The icons: one path each, in a box of 24, drawn with a stroke.

pub(super) const TALK: &str = "M21 12a8 8 0 0 1-8 8H4l1.8-3A8 8 0 1 1 21 12Z";
pub(super) const CLOSE: &str = "M6 6l12 12M18 6 6 18";
pub(super) const DOWN: &str = "M6 9.5l6 6 6-6";
pub(super) const MORE: &str = "M12 6v.01M12 12v.01M12 18v.01";
pub(super) const RESTART: &str = "M4 12a8 8 0 1 0 2.6-5.9M4 4v5h5";
pub(super) const LOCK: &str = "M7 11V8a5 5 0 0 1 10 0v3M6 11h12v9H6z";
pub(super) const SEND: &str = "M5 12h14M13 6l6 6-6 6";
pub(super) const BACK: &str = "M9 7 4 12l5 5M4 12h11a5 5 0 0 1 0 10h-1";
pub(super) const WARN: &str = "M12 8v5M12 16v.01M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Z";
pub(super) const PAPER: &str = "M14 3H6v18h12V7zM14 3v4h4M9 12h6M9 16h6";
pub(super) const CALENDAR: &str = "M5 6h14v14H5zM5 10h14M9 3v4M15 3v4";
pub(super) const DONE: &str = "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18ZM8 12l3 3 5-6";
pub(super) const CLOUD: &str = "M7 18a4 4 0 0 1 0-8 5 5 0 0 1 9.6-1A4.5 4.5 0 0 1 17 18zM4 4l16 17";
