//! The two tracks of the course, and the only place that knows where one ends and the other begins.

/// A part of the course, for those who take it in one go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Track {
    /// A day or two in a room: what everybody needs first.
    Core,
    /// A second course, for those who know the core.
    Second,
}

impl Track {
    /// That of the exercise with this number.
    pub fn of_exercise(number: u32) -> Self {
        Self::up_to(7, number)
    }

    /// That of the deck with this number.
    pub fn of_deck(number: u32) -> Self {
        Self::up_to(9, number)
    }

    fn up_to(last_of_core: u32, number: u32) -> Self {
        if number <= last_of_core {
            Self::Core
        } else {
            Self::Second
        }
    }

    /// As it stands above a list.
    pub fn title(self) -> &'static str {
        match self {
            Self::Core => "Core",
            Self::Second => "Second track",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_track_begins_where_the_core_ends() {
        use Track::{Core, Second};
        assert_eq!(
            [1, 7, 8, 98].map(Track::of_exercise),
            [Core, Core, Second, Second]
        );
        assert_eq!([0, 9, 10].map(Track::of_deck), [Core, Core, Second]);
    }
}
