//! Days, months and weeks, as far as dates are compared and read.

use crate::parts::cut;
use alloc::string::String;

/// A day of the Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    /// The year.
    pub year: i32,
    /// 1 to 12.
    pub month: u32,
    /// 1 to 31.
    pub day: u32,
}

/// The calendar day that is `days` after 1970-01-01.
#[must_use]
pub fn civil(days: i32) -> Civil {
    let z = i64::from(days) + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    Civil {
        year: year as i32,
        month: month as u32,
        day: (doy - (153 * mp + 2) / 5 + 1) as u32,
    }
}

/// Days from 1970-01-01 to a calendar day; the day of the month may lie outside it.
#[must_use]
pub fn days(date: Civil) -> i32 {
    let year = i64::from(date.year) - i64::from(date.month <= 2);
    let era = year.div_euclid(400);
    let yoe = year.rem_euclid(400);
    let month = i64::from(date.month);
    let mp = if month > 2 { month - 3 } else { month + 9 };
    let doy = (153 * mp + 2) / 5 + i64::from(date.day) - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    (era * 146_097 + doe - 719_468) as i32
}

/// The first day of the month `months` after the month of `day`.
#[must_use]
pub fn month_start(day: i32, months: i32) -> i32 {
    let c = civil(day);
    let n = c.year * 12 + c.month as i32 - 1 + months;
    days(Civil {
        year: n.div_euclid(12),
        month: n.rem_euclid(12) as u32 + 1,
        day: 1,
    })
}

/// The Monday of the week of `day`.
#[must_use]
pub fn week_start(day: i32) -> i32 {
    day - (day + 3).rem_euclid(7)
}

/// Reads `2027-03-05`.
#[must_use]
pub fn read_date(text: &str) -> Option<i32> {
    let mut parts = text.splitn(3, '-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if year.len() != 4 || month.len() != 2 || day.len() != 2 {
        return None;
    }
    let date = Civil {
        year: digits(year)?,
        month: digits(month)? as u32,
        day: digits(day)? as u32,
    };
    let n = days(date);
    (date.month >= 1 && date.month <= 12 && civil(n) == date).then_some(n)
}

/// Reads `2027-03-05T10:00`, with optional seconds, followed by `Z`, an offset, or nothing:
/// then clocks are `zone_minutes` ahead of UTC. Seconds since 1970.
#[must_use]
pub fn read_moment(text: &str, zone_minutes: i16) -> Option<i64> {
    let (date, time) = text.split_once(['T', ' '])?;
    let day = read_date(date)?;
    let (clock, offset) = match time.find(['Z', '+', '-']) {
        None => (time, i64::from(zone_minutes)),
        Some(at) => {
            let (clock, zone) = time.split_at_checked(at)?;
            let minutes = match zone.strip_prefix('Z') {
                Some("") => 0,
                Some(_) => return None,
                None => {
                    let (h, m) = cut(zone.get(1..)?, b':')?;
                    let n = i64::from(digits(h)?) * 60 + i64::from(digits(m)?);
                    if zone.starts_with('-') { -n } else { n }
                }
            };
            (clock, minutes)
        }
    };
    let mut parts = clock.splitn(3, ':');
    let hour = digits(parts.next()?)?;
    let minute = digits(parts.next()?)?;
    let second = parts.next().map_or(Some(0), digits)?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    Some(i64::from(day) * 86_400 + i64::from(hour * 3_600 + minute * 60 + second) - offset * 60)
}

fn digits(text: &str) -> Option<i32> {
    if text.is_empty() || text.len() > 4 {
        return None;
    }
    text.bytes().try_fold(0, |n, c| {
        c.is_ascii_digit().then(|| n * 10 + i32::from(c - b'0'))
    })
}

/// Writes a day as `2027-03-05`.
#[must_use]
pub fn write_date(day: i32) -> String {
    let c = civil(day);
    let mut text = String::new();
    push_digits(&mut text, c.year.max(0) as u32, 4);
    text.push('-');
    push_digits(&mut text, c.month, 2);
    text.push('-');
    push_digits(&mut text, c.day, 2);
    text
}

/// Writes a moment in UTC as `2027-03-05T10:00Z`.
#[must_use]
pub fn write_moment(seconds: i64) -> String {
    let mut text = write_date(i32::try_from(seconds.div_euclid(86_400)).unwrap_or(0));
    let clock = seconds.rem_euclid(86_400) as u32;
    text.push('T');
    push_digits(&mut text, clock / 3_600, 2);
    text.push(':');
    push_digits(&mut text, clock / 60 % 60, 2);
    text.push('Z');
    text
}

fn push_digits(text: &mut String, n: u32, width: u32) {
    if width > 1 || n > 9 {
        push_digits(text, n / 10, width.saturating_sub(1));
    }
    text.push((b'0' + (n % 10) as u8) as char);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_calendar_agree_over_centuries() {
        for n in (-200_000..200_000).step_by(13) {
            assert_eq!(days(civil(n)), n);
        }
        assert_eq!(
            read_date("2028-02-29"),
            Some(days(Civil {
                year: 2028,
                month: 2,
                day: 29
            }))
        );
        assert_eq!(read_date("2027-02-29"), None);
        assert_eq!(read_date("2027-13-01"), None);
        assert_eq!(write_date(read_date("2027-03-05").unwrap()), "2027-03-05");
    }

    #[test]
    fn moments_carry_their_zone_or_take_the_given_one() {
        let at = read_moment("2027-03-05T10:00Z", 0).unwrap();
        assert_eq!(read_moment("2027-03-05T11:00+01:00", 0), Some(at));
        assert_eq!(read_moment("2027-03-05T11:00", 60), Some(at));
        assert_eq!(read_moment("2027-03-05 10:00:00", 0), Some(at));
        assert_eq!(read_moment("2027-03-05T24:00Z", 0), None);
        assert_eq!(write_moment(at), "2027-03-05T10:00Z");
    }

    #[test]
    fn weeks_begin_on_monday() {
        let monday = read_date("2027-01-04").unwrap();
        for n in 0..7 {
            assert_eq!(week_start(monday + n), monday);
        }
        assert_eq!(write_date(month_start(monday, -1)), "2026-12-01");
    }
}
