//! A canvas of characters for plotters, so that it can draw to a terminal as it does to a picture.

use plotters::{
    coord::Shift,
    prelude::{DrawingArea, IntoDrawingArea},
    style::text_anchor::{HPos, VPos},
};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
    rasterizer,
};
use std::convert::Infallible;

/// Rows of characters.
pub struct Terminal {
    rows: Vec<Vec<char>>,
}

impl Terminal {
    /// An empty canvas.
    pub fn new(width: usize, height: usize) -> Self {
        Self {
            rows: vec![vec![' '; width]; height],
        }
    }

    /// The canvas in the form that plotters needs.
    pub fn area(&mut self) -> DrawingArea<Canvas<'_>, Shift> {
        Canvas(&mut self.rows).into_drawing_area()
    }

    /// The drawing, as lines of text.
    pub fn text(&self) -> String {
        let line = |row: &Vec<char>| format!("{}\n", row.iter().collect::<String>().trim_end());
        self.rows.iter().map(line).collect()
    }
}

/// The rows while plotters draws on them.
pub struct Canvas<'a>(&'a mut Vec<Vec<char>>);

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

impl Canvas<'_> {
    /// Sets one character; anything outside the canvas is cut off.
    fn set(&mut self, (column, row): BackendCoord, sign: char) {
        let row = usize::try_from(row)
            .ok()
            .and_then(|row| self.0.get_mut(row));
        let cell = row.zip(usize::try_from(column).ok());
        if let Some(cell) = cell.and_then(|(row, column)| row.get_mut(column)) {
            *cell = sign;
        }
    }
}

impl DrawingBackend for Canvas<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        let width = self.0.first().map_or(0, Vec::len);
        (width as u32, self.0.len() as u32)
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, point: BackendCoord, color: BackendColor) -> Drawn {
        if color.alpha > 0.5 {
            self.set(point, '·');
        }
        Ok(())
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Drawn {
        let sorted = |one: i32, other: i32| one.min(other)..=one.max(other);
        if from.0 == to.0 {
            sorted(from.1, to.1).for_each(|row| self.set((from.0, row), '│'));
            Ok(())
        } else if from.1 == to.1 {
            sorted(from.0, to.0).for_each(|column| self.set((column, from.1), '─'));
            Ok(())
        } else {
            rasterizer::draw_line(self, from, to, style)
        }
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        center: BackendCoord,
        _: u32,
        _: &S,
        _: bool,
    ) -> Drawn {
        self.set(center, '●');
        Ok(())
    }

    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        text: &str,
        _: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        Ok((text.chars().count() as u32, 1))
    }

    fn draw_text<S: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &S,
        (column, row): BackendCoord,
    ) -> Drawn {
        let width = text.chars().count() as i32;
        let anchor = style.anchor();
        let left = match anchor.h_pos {
            HPos::Left => column,
            HPos::Right => column - width,
            HPos::Center => column - width / 2,
        };
        let row = match anchor.v_pos {
            VPos::Top | VPos::Center => row,
            VPos::Bottom => row - 1,
        };
        for (column, sign) in (left..).zip(text.chars()) {
            self.set((column, row), sign);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plotters::prelude::{BLACK, Circle, PathElement, Text};

    #[test]
    fn shapes_and_text_become_characters_and_what_is_outside_is_cut_off() {
        let mut terminal = Terminal::new(7, 4);
        let area = terminal.area();
        area.draw(&PathElement::new([(0, 0), (0, 3)], BLACK))
            .unwrap();
        area.draw(&PathElement::new([(0, 3), (9, 3)], BLACK))
            .unwrap();
        area.draw(&Circle::new((3, 1), 1, BLACK)).unwrap();
        area.draw(&Circle::new((3, 7), 1, BLACK)).unwrap();
        area.draw(&Text::new("pi", (4, 0), ("monospace", 1)))
            .unwrap();
        drop(area);
        assert_eq!(terminal.text(), "│   pi\n│  ●\n│\n───────\n");
    }
}
