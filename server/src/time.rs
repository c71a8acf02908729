//! Moments as text.

use engine::ids::Timestamp;

/// `2027-03-05T10:00:00.123Z`
#[must_use]
pub fn rfc3339(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.0).map_or_else(|_| String::new(), |at| format!("{at:.3}"))
}

/// Reads a moment with its zone (`Z` or an offset), or a day, which begins at midnight UTC.
#[must_use]
pub fn parse(text: &str) -> Option<Timestamp> {
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Some(Timestamp(at.as_millisecond()));
    }
    let day: jiff::civil::Date = text.parse().ok()?;
    let at = day.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(Timestamp(at.timestamp().as_millisecond()))
}

/// Minutes that clocks in a zone are ahead of UTC at a moment; 0 for an unknown zone.
#[must_use]
pub fn zone_minutes(zone: &str, at: Timestamp) -> i16 {
    let minutes = || -> Option<i16> {
        let zone = jiff::tz::TimeZone::get(zone).ok()?;
        let at = jiff::Timestamp::from_millisecond(at.0).ok()?;
        i16::try_from(zone.to_offset(at).seconds() / 60).ok()
    };
    minutes().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_survive_being_written_and_read() {
        let at = Timestamp(1_804_068_000_123);
        assert_eq!(rfc3339(at), "2027-03-03T10:00:00.123Z");
        assert_eq!(parse(&rfc3339(at)), Some(at));
        assert_eq!(parse("2027-03-03"), Some(Timestamp(1_804_032_000_000)));
        assert_eq!(parse("soon"), None);
    }

    #[test]
    fn a_zone_is_read_at_its_moment() {
        assert_eq!(
            zone_minutes("Europe/Stockholm", parse("2027-01-04").unwrap()),
            60
        );
        assert_eq!(
            zone_minutes("Europe/Stockholm", parse("2027-07-04").unwrap()),
            120
        );
        assert_eq!(zone_minutes("Nowhere/Else", Timestamp(0)), 0);
    }
}
