//! Mistakes in the task `refuse`.

use crate::{
    subject::{self, BAD_PARAMETERS, Parameters},
    tasks::Answers,
};
use harness_mpi::{Mistake, mistake};
use mpi::{topology::SimpleCommunicator, traits::*};
use std::process;

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("refuse": agree = rank_0_leaves => Deadlock,
        "returns on rank 0 at once when the parameters are bad"),
    mistake!("refuse": agree = all_read => WrongResult,
        "reads on every rank"),
    mistake!("refuse": agree = all_say => WrongResult,
        "lets every rank give the message"),
    mistake!("refuse": agree = says_nothing => WrongResult,
        "keeps the message to itself"),
    mistake!("refuse": agree = default_on_others => WrongResult,
        "lets the other ranks go on with the defaults"),
    mistake!("refuse": agree = other_status => WrongResult,
        "returns another status on the ranks that have no message"),
    mistake!("refuse": agree = exits => Crash,
        "ends the process of rank 0"),
    mistake!("refuse": agree = panics => Panic,
        "panics when the parameters are bad"),
    mistake!("refuse": agree = digit_0_is_bad => WrongResult,
        "tells by a digit of 0 that the parameters are bad"),
    mistake!("refuse": agree = one_by_one => WrongOperation,
        "sends them to each rank by itself"),
    mistake!("refuse": agree = part_by_part => TooMuchCommunication,
        "makes a broadcast for each parameter, and one more for each to say whether it is good"),
    mistake!("refuse": agree = no_numbers_are_bad => WrongResult,
        "tells by an empty range that the parameters are bad"),
    mistake!("refuse": agree = says_more => WrongResult,
        "writes `error: ` in front of the message"),
    mistake!("refuse": agree = says_the_beginning => WrongResult,
        "cuts the message to a line of 80 letters"),
    mistake!("refuse": agree = only_rank_0_refuses => WrongResult,
        "returns the status on rank 0, and 0 on the others"),
    mistake!("refuse": agree = reads_again => WrongResult,
        "reads once to see whether it is good, and once more for the parameters"),
    mistake!("refuse": agree = aborts => Crash,
        "aborts the job when the parameters are bad"),
    mistake!("refuse": agree = prints_the_message => WrongResult,
        "prints the message and does not call `say`"),
    mistake!("refuse": agree = line_by_line => WrongResult,
        "passes each line of the message to `say` by itself"),
    mistake!("refuse": agree = from_1_to_0_is_bad => WrongResult,
        "tells by a range from 1 to 0 that the parameters are bad"),
];

type Read<'a> = &'a dyn Fn() -> Result<Parameters, String>;
type Say<'a> = &'a dyn Fn(&str);
type Agreed = Result<Parameters, i32>;

fn rank_0_leaves(world: &SimpleCommunicator, read: Read<'_>, say: Say<'_>) -> Agreed {
    if world.rank() > 0 {
        return subject::agree(world, read, say);
    }
    match read() {
        Ok(parameters) => subject::agree(world, &|| Ok(parameters.clone()), say),
        Err(message) => {
            say(&message);
            Err(BAD_PARAMETERS)
        }
    }
}

fn all_read(_: &SimpleCommunicator, read: Read<'_>, say: Say<'_>) -> Agreed {
    read().map_err(|message| {
        say(&message);
        BAD_PARAMETERS
    })
}

fn all_say(world: &SimpleCommunicator, read: Read<'_>, say: Say<'_>) -> Agreed {
    let agreed = subject::agree(world, read, say);
    if agreed.is_err() && world.rank() > 0 {
        say("the parameters are bad");
    }
    agreed
}

fn says_nothing(world: &SimpleCommunicator, read: Read<'_>, _: Say<'_>) -> Agreed {
    subject::agree(world, read, &|_| {})
}

fn default_on_others(world: &SimpleCommunicator, read: Read<'_>, say: Say<'_>) -> Agreed {
    let agreed = subject::agree(world, read, say);
    if world.rank() > 0 {
        return Ok(agreed.unwrap_or_default());
    }
    agreed
}

fn other_status(world: &SimpleCommunicator, read: Read<'_>, say: Say<'_>) -> Agreed {
    subject::agree(world, read, say).map_err(|status| if world.rank() > 0 { 1 } else { status })
}

fn exits(world: &SimpleCommunicator, read: Read<'_>, say: Say<'_>) -> Agreed {
    let leave = |message: &str| {
        say(message);
        process::exit(BAD_PARAMETERS)
    };
    subject::agree(world, read, &leave)
}

fn panics(world: &SimpleCommunicator, read: Read<'_>, _: Say<'_>) -> Agreed {
    subject::agree(world, read, &|message| panic!("{message}"))
}

fn digit_0_is_bad(world: &SimpleCommunicator, read: Read<'_>, say: Say<'_>) -> Agreed {
    let agreed = subject::agree(world, read, say)?;
    if agreed.digit == 0 {
        Err(BAD_PARAMETERS)
    } else {
        Ok(agreed)
    }
}

fn one_by_one(world: &SimpleCommunicator, read: Read<'_>, say: Say<'_>) -> Agreed {
    if world.rank() > 0 {
        let (numbers, _) = world.process_at_rank(0).receive_vec::<u64>();
        return match numbers[..] {
            [from, to, digit] => Ok(Parameters {
                from,
                to,
                digit: digit as u8,
            }),
            _ => Err(BAD_PARAMETERS),
        };
    }
    let found = read();
    let numbers = match &found {
        Ok(found) => vec![found.from, found.to, found.digit.into()],
        Err(message) => {
            say(message);
            Vec::new()
        }
    };
    for rank in 1..world.size() {
        world.process_at_rank(rank).send(&numbers[..]);
    }
    found.map_err(|_| BAD_PARAMETERS)
}

fn part_by_part(world: &SimpleCommunicator, read: Read<'_>, say: Say<'_>) -> Agreed {
    let found = (world.rank() == 0).then(read);
    if let Some(Err(message)) = &found {
        say(message);
    }
    let is_bad = matches!(found, Some(Err(_)));
    let mut found = found.and_then(Result::ok).unwrap_or_default();
    let root = world.process_at_rank(0);
    let mut bad = [is_bad; 3];
    for (is_bad, number) in bad.iter_mut().zip([&mut found.from, &mut found.to]) {
        root.broadcast_into(is_bad);
        root.broadcast_into(number);
    }
    root.broadcast_into(&mut bad[2]);
    root.broadcast_into(&mut found.digit);
    if bad.contains(&true) {
        Err(BAD_PARAMETERS)
    } else {
        Ok(found)
    }
}

fn no_numbers_are_bad(world: &SimpleCommunicator, read: Read<'_>, say: Say<'_>) -> Agreed {
    let agreed = subject::agree(world, read, say)?;
    if agreed.to <= agreed.from {
        Err(BAD_PARAMETERS)
    } else {
        Ok(agreed)
    }
}

fn says_more(world: &SimpleCommunicator, read: Read<'_>, say: Say<'_>) -> Agreed {
    subject::agree(world, read, &|message| say(&format!("error: {message}")))
}

fn says_the_beginning(world: &SimpleCommunicator, read: Read<'_>, say: Say<'_>) -> Agreed {
    subject::agree(world, read, &|message| {
        say(&message.chars().take(80).collect::<String>());
    })
}

fn only_rank_0_refuses(world: &SimpleCommunicator, read: Read<'_>, say: Say<'_>) -> Agreed {
    subject::agree(world, read, say).map_err(|status| if world.rank() > 0 { 0 } else { status })
}

fn reads_again(world: &SimpleCommunicator, read: Read<'_>, say: Say<'_>) -> Agreed {
    subject::agree(world, &|| read().and_then(|_| read()), say)
}

fn aborts(world: &SimpleCommunicator, read: Read<'_>, say: Say<'_>) -> Agreed {
    let leave = |message: &str| {
        say(message);
        world.abort(BAD_PARAMETERS)
    };
    subject::agree(world, read, &leave)
}

fn prints_the_message(world: &SimpleCommunicator, read: Read<'_>, _: Say<'_>) -> Agreed {
    subject::agree(world, read, &|message| println!("{message}"))
}

fn line_by_line(world: &SimpleCommunicator, read: Read<'_>, say: Say<'_>) -> Agreed {
    let by_line = |message: &str| match message.contains('\n') {
        true => message.lines().for_each(say),
        false => say(message),
    };
    subject::agree(world, read, &by_line)
}

fn from_1_to_0_is_bad(world: &SimpleCommunicator, read: Read<'_>, say: Say<'_>) -> Agreed {
    let agreed = subject::agree(world, read, say)?;
    if (agreed.from, agreed.to) == (1, 0) {
        Err(BAD_PARAMETERS)
    } else {
        Ok(agreed)
    }
}
