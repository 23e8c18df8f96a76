//! What SimGrid predicts of a program on two networks: its speed-up, and for what the time of a rank is spent.

use super::{
    canvas::{Align, Canvas, Paint, Point},
    scaling::Diagram,
};

/// What `cargo xtask predict` has written of the reference of exercise 08, for two networks: each file is its
/// `.workbook/predictions/08-heat.scaling.csv`, after the command that stands in the first line. Measured times are
/// only worth keeping from a machine on which nothing else runs.
const HEAT: [&str; 2] = [
    include_str!("heat_gigabit.csv"),
    include_str!("heat_infiniband.csv"),
];

/// A row of a prediction: of one number of ranks.
#[derive(Clone, Debug, PartialEq)]
struct Row {
    ranks: f64,
    /// In seconds, as are the others; none if it was not measured.
    measured: Option<f64>,
    predicted: f64,
    /// For how long a rank computes.
    computing: f64,
    /// For how long it is in the call that takes the most time.
    call_takes: f64,
    /// The name of that call.
    call: String,
}

/// A prediction.
#[derive(Clone, Debug, PartialEq)]
struct Prediction {
    /// The name of the network.
    network: String,
    /// Its latency and its bandwidth, for people.
    speed: String,
    /// The cores of the machine on which it was recorded.
    cores: f64,
    rows: Vec<Row>,
}

impl Prediction {
    /// Reads what the command has written.
    fn read(text: &str) -> Self {
        let head = |start: &str| text.lines().find_map(|line| line.strip_prefix(start));
        let told = head("# predicted for ").unwrap_or_default();
        let cores = head("# recorded, and measured, on a machine with ").unwrap_or_default();
        let rows = text.lines().filter_map(|line| {
            let mut fields = line.split(',');
            let mut number = || fields.next()?.parse().ok();
            Some(Row {
                ranks: number()?,
                measured: number(),
                predicted: number()?,
                computing: number()?,
                call_takes: number()?,
                call: fields.next()?.to_owned(),
            })
        });
        Self {
            network: told.split(':').next().unwrap_or_default().to_owned(),
            speed: told.rsplit("; ").next().unwrap_or_default().to_owned(),
            cores: cores
                .split(' ')
                .next()
                .and_then(|it| it.parse().ok())
                .unwrap_or(1.0),
            rows: rows.collect(),
        }
    }

    fn speed_up(&self, row: &Row) -> f64 {
        self.rows
            .first()
            .map_or(1.0, |one| one.predicted / row.predicted)
    }

    /// The first row that is nearly as fast as the fastest: all ranks beyond it gain less than a tenth.
    fn enough(&self) -> Option<&Row> {
        let fastest = self
            .rows
            .iter()
            .map(|row| row.predicted)
            .fold(f64::INFINITY, f64::min);
        self.rows.iter().find(|row| row.predicted <= 1.1 * fastest)
    }

    /// Speed-ups that were measured, where each rank had a core; none if there is only that of one rank.
    fn measured(&self) -> Vec<(f64, f64)> {
        let one = self.rows.first().and_then(|one| one.measured);
        let rows = self.rows.iter().filter(|row| row.ranks <= self.cores);
        let points: Vec<(f64, f64)> = rows
            .filter_map(|row| Some((row.ranks, one? / row.measured?)))
            .collect();
        if points.len() > 1 { points } else { Vec::new() }
    }

    /// The smallest serial fraction by Karp and Flatt that any number of ranks shows: where it is larger, overhead
    /// has come to the serial part.
    fn serial(&self) -> f64 {
        let rows = self.rows.iter().filter(|row| row.ranks > 1.0);
        let fractions =
            rows.map(|row| (1.0 / self.speed_up(row) - 1.0 / row.ranks) / (1.0 - 1.0 / row.ranks));
        fractions.fold(1.0, f64::min).max(0.0)
    }
}

/// The predicted speed-up of a program on two networks, beside what was measured and Amdahl's law.
pub(crate) fn predicted_speed_up() -> Canvas {
    speed_ups(&HEAT.map(Prediction::read))
}

fn speed_ups(predictions: &[Prediction]) -> Canvas {
    let rows = || predictions.iter().flat_map(|it| &it.rows);
    let most = rows().map(|row| row.ranks).fold(2.0, f64::max);
    let serial = predictions
        .iter()
        .map(Prediction::serial)
        .fold(1.0, f64::min);
    let measured = predictions
        .first()
        .map(Prediction::measured)
        .unwrap_or_default();
    let amdahl = |ranks: f64| 1.0 / (serial + (1.0 - serial) / ranks);
    let told: Vec<String> = predictions
        .iter()
        .filter_map(|it| Some((it, it.enough()?)))
        .map(|(it, row)| {
            format!(
                "for {} it is {:.1} on {} ranks, and more of them gain less than a tenth",
                it.network,
                it.speed_up(row),
                row.ranks
            )
        })
        .collect();
    let mut canvas = Canvas::new(
        (1200.0, 400.0),
        "Predicted speed-up on two networks",
        format!(
            "The speed-up of the program of exercise 08 over the number of ranks, 1 to {most}, both axes logarithmic. \
             Predicted, {}. Beside it the ideal, and Amdahl's law with the smallest \
             serial fraction that any of these points shows, {serial:.3}: {:.1} on {most} ranks.{}",
            told.join("; "),
            amdahl(most),
            if measured.is_empty() {
                ""
            } else {
                " Dots are measured."
            }
        ),
    );
    let (origin, size) = ((110.0, 316.0), (720.0, 286.0));
    canvas.axes(origin, size, "ranks", "speed-up");
    // The ideal leaves the diagram where no curve is left: else they would all lie at its bottom.
    let gains = predictions
        .iter()
        .flat_map(|it| it.rows.iter().map(|row| it.speed_up(row)));
    let highest = gains
        .chain([amdahl(most)])
        .chain(measured.iter().map(|it| it.1));
    let top = 2_f64
        .powf(highest.fold(2.0, f64::max).log2().ceil())
        .min(most);
    let diagram = Diagram {
        origin,
        size,
        most: (most.log2(), top.log2()),
    };
    let at = |ranks: f64, gain: f64| diagram.at(ranks.log2(), gain.log2().max(0.0));
    let ticks = |end: f64| {
        (0..)
            .map(|power| 4_f64.powi(power))
            .take_while(move |tick| *tick <= end)
    };
    for tick in ticks(most) {
        let (x, y) = at(tick, 1.0);
        canvas.line((x, y), (x, y + 8.0), Paint::Ink);
        canvas.note((x, y + 28.0), Align::Middle, &tick.to_string());
    }
    for tick in ticks(top) {
        let (x, y) = at(1.0, tick);
        canvas.line((x - 8.0, y), (x, y), Paint::Ink);
        canvas.note((x - 16.0, y), Align::End, &tick.to_string());
    }
    let steps = || (0..=64).map(|step| most.powf(f64::from(step) / 64.0));
    let law: Vec<Point> = steps().map(|ranks| at(ranks, amdahl(ranks))).collect();
    let ideal = at(top, top);
    canvas.dashed(at(1.0, 1.0), ideal, Paint::Dim);
    canvas.note((ideal.0 + 16.0, ideal.1), Align::Start, "ideal");
    canvas.polyline(&law, Paint::Dim);
    let mut names = vec![(at(most, amdahl(most)).1, None, None, "Amdahl's law")];
    for (rank, it) in (0..).zip(predictions) {
        let points: Vec<Point> = it
            .rows
            .iter()
            .map(|row| at(row.ranks, it.speed_up(row)))
            .collect();
        canvas.polyline(&points, Paint::Rank(rank));
        for point in &points {
            canvas.dot(*point, 6.0, Paint::Rank(rank));
        }
        if let Some(row) = it.enough() {
            canvas.dot(at(row.ranks, it.speed_up(row)), 13.0, Paint::Rank(rank));
        }
        if let Some(end) = points.last() {
            let network = Some(it.network.as_str());
            names.push((end.1, Some(Paint::Rank(rank)), network, it.speed.as_str()));
        }
    }
    for (ranks, gain) in &measured {
        canvas.dot(at(*ranks, *gain), 9.0, Paint::Ink);
    }
    if !measured.is_empty() {
        names.push((origin.1, Some(Paint::Ink), None, "measured"));
    }
    names.sort_by(|one, two| one.0.total_cmp(&two.0));
    let wanted: Vec<(f64, f64)> = names
        .iter()
        .map(|(y, _, network, _)| (*y, if network.is_some() { 68.0 } else { 34.0 }))
        .collect();
    let x = origin.0 + size.0 + 20.0;
    let places = apart(&wanted, canvas.height - 16.0);
    for ((_, dot, network, name), mut y) in names.into_iter().zip(places) {
        if let Some(paint) = dot {
            canvas.dot((x + 10.0, y), 9.0, paint);
        }
        if let Some(network) = network {
            canvas.text((x + 30.0, y), Align::Start, network);
            y += 34.0;
        }
        canvas.note((x + 30.0, y), Align::Start, name);
    }
    canvas
}

/// Places for names, from above: each where it is wanted, or as near to that as the others and the end of the canvas
/// let it be. Wanted are heights on the canvas, in their order, and how much room each takes downwards from there.
fn apart(wanted: &[(f64, f64)], end: f64) -> Vec<f64> {
    let mut free = 0.0_f64;
    let mut places: Vec<f64> = wanted
        .iter()
        .map(|(y, room)| {
            let y = y.max(free);
            free = y + room;
            y
        })
        .collect();
    let mut end = end;
    for (place, (_, room)) in places.iter_mut().zip(wanted).rev() {
        // The last line of a name goes through its place, with half of its room below.
        *place = place.min(end - (room - 17.0));
        end = *place - 17.0;
    }
    places
}

/// For what a rank's time is spent, by the prediction for the slower network.
pub(crate) fn predicted_time() -> Canvas {
    let [slow, _] = HEAT.map(Prediction::read);
    parts_of_time(&slow)
}

fn parts_of_time(it: &Prediction) -> Canvas {
    let share = |part: f64, row: &Row| (part / row.predicted).clamp(0.0, 1.0);
    let told: Vec<String> = it
        .rows
        .iter()
        .map(|row| {
            format!(
                "{} on {}",
                (100.0 * share(row.computing, row)).round(),
                row.ranks
            )
        })
        .collect();
    let mut calls: Vec<&str> = Vec::new();
    for row in it.rows.iter().filter(|row| !row.call.is_empty()) {
        if !calls.contains(&row.call.as_str()) {
            calls.push(&row.call);
        }
    }
    let colour = |call: &str| {
        (1..)
            .zip(&calls)
            .find(|(_, it)| **it == call)
            .map_or(0, |it| it.0)
    };
    let mut canvas = Canvas::new(
        (1200.0, 360.0),
        "Where the time goes",
        format!(
            "What a rank's time is spent on, in the prediction of the program of exercise 08 for {}, in percent. \
             Computing: {}. The rest is communication and waiting; the call that takes the most of it is told apart: {}.",
            it.network,
            told.join(", "),
            calls.join(", ")
        ),
    );
    let (left, base, height) = (110.0, 290.0, 250.0);
    let step = 780.0 / it.rows.len().max(1) as f64;
    let bar = step * 0.72;
    for (index, row) in it.rows.iter().enumerate() {
        let x = left + step * index as f64;
        let mut top = base;
        let (computing, call) = (share(row.computing, row), share(row.call_takes, row));
        let rest = (1.0 - computing - call).max(0.0);
        for (part, paint) in [
            (computing, Paint::Rank(0)),
            (call, Paint::Rank(colour(&row.call))),
            (rest, Paint::Panel),
        ] {
            // What is thinner than its edges is not seen.
            if part * height > 5.0 {
                canvas.area((x, top - part * height), (bar, part * height), paint);
            }
            top -= part * height;
        }
        canvas.note(
            (x + bar / 2.0, base + 26.0),
            Align::Middle,
            &row.ranks.to_string(),
        );
    }
    canvas.note((left - 14.0, base - height), Align::End, "100 %");
    canvas.note((left - 14.0, base), Align::End, "0 %");
    canvas.note((left + 780.0, base + 26.0), Align::Start, "ranks");
    let x = left + 800.0;
    let names = [(Paint::Panel, "the rest")].into_iter();
    let names = names.chain(
        calls
            .iter()
            .rev()
            .map(|call| (Paint::Rank(colour(call)), *call)),
    );
    for (index, (paint, name)) in names.chain([(Paint::Rank(0), "computing")]).enumerate() {
        let y = base - height + 20.0 + 48.0 * index as f64;
        canvas.area((x, y - 15.0), (30.0, 30.0), paint);
        canvas.note((x + 44.0, y), Align::Start, name);
    }
    canvas
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHEET: &str = "# cargo xtask predict 08\n\
        # predicted for own: 4 nodes with 1 core each, as fast as this machine's; 25 µs, 117 MB/s\n\
        # recorded, and measured, on a machine with 2 cores\n\
        ranks,measured_s,predicted_s,computing_s,call_s,call,line\n\
        1,8.000000,4.000000,4.000000,0.000000,,\n\
        2,5.000000,2.500000,2.000000,0.250000,MPI_Bcast,lib.rs:396\n\
        4,9.000000,1.600000,0.640000,0.800000,MPI_Wait,lib.rs:254\n\
        8,,2.000000,0.400000,1.500000,MPI_Wait,lib.rs:254\n";

    #[test]
    fn a_prediction_is_read_with_its_network_and_what_was_measured_on_cores() {
        let it = Prediction::read(SHEET);
        assert_eq!((&*it.network, &*it.speed), ("own", "25 µs, 117 MB/s"));
        assert_eq!((it.rows.len(), it.cores), (4, 2.0));
        assert_eq!(it.measured(), [(1.0, 1.0), (2.0, 1.6)]);
        let enough = it.enough().unwrap();
        assert_eq!(
            (enough.ranks, it.speed_up(enough), &*enough.call),
            (4.0, 2.5, "MPI_Wait")
        );
        // A little more is not worth as many ranks again.
        let flat = SHEET.replace("8,,2.000000", "8,,1.500000");
        assert_eq!(Prediction::read(&flat).enough().unwrap().ranks, 4.0);
        // On four ranks: (0.4 - 0.25) / 0.75; on two: (0.625 - 0.5) / 0.5.
        assert!((it.serial() - 0.2).abs() < 1e-12);
        let unmeasured = SHEET.replace("2,5.000000", "2,");
        assert_eq!(Prediction::read(&unmeasured).measured(), []);
    }

    #[test]
    fn names_keep_apart_and_on_the_canvas() {
        let wanted = [(10.0, 34.0), (20.0, 68.0), (380.0, 34.0), (385.0, 34.0)];
        let places = apart(&wanted, 400.0);
        assert_eq!(places[..2], [10.0, 44.0]);
        let pairs = places.iter().zip(&wanted).zip(&places[1..]);
        for ((place, (_, room)), next) in pairs {
            assert!(next - place >= *room, "{places:?}");
        }
        assert!(places[3] <= 383.0, "{places:?}");
    }

    #[test]
    fn what_was_measured_is_drawn_and_told_and_nothing_else_is() {
        let svg = |text: &str| speed_ups(&[Prediction::read(text)]).svg();
        let said = svg(SHEET);
        assert!(said.contains("it is 2.5 on 4 ranks, and more"), "{said}");
        assert!(said.contains(">measured<") && said.contains("Dots are measured"));
        let unmeasured = svg(&SHEET.replace("2,5.000000", "2,"));
        assert!(!unmeasured.contains("measured"), "{unmeasured}");
    }

    #[test]
    fn a_bar_tells_apart_the_call_that_costs_most() {
        let said = parts_of_time(&Prediction::read(SHEET)).svg();
        let told = "Computing: 100 on 1, 80 on 2, 40 on 4, 20 on 8";
        assert!(said.contains(told), "{said}");
        assert!(said.contains(">MPI_Wait<") && said.contains(">MPI_Bcast<"));
        // One on two ranks, the other on four and on eight; and each in the legend.
        let boxes = |rank| {
            let fill = format!("fill=\"{}\"", trace::rank_colour(rank));
            said.matches(&fill).count()
        };
        assert_eq!((boxes(0), boxes(1), boxes(2)), (4 + 1, 1 + 1, 2 + 1));
    }

    #[test]
    fn the_files_that_are_drawn_are_of_one_program_on_two_networks() {
        let [slow, fast] = HEAT.map(Prediction::read);
        assert_eq!((&*slow.network, &*fast.network), ("gigabit", "infiniband"));
        let ranks = |it: &Prediction| -> Vec<f64> { it.rows.iter().map(|row| row.ranks).collect() };
        assert_eq!(ranks(&slow), ranks(&fast));
        let arguments = HEAT.map(|text| text.lines().next()?.split_once(" -- "));
        let [Some((_, one)), Some((_, other))] = arguments else {
            panic!("no command stands in the first line of one");
        };
        assert_eq!(one, other);
    }
}
