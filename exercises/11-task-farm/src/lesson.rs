//! The examples of the lesson, each complete. None solves a task, but each task has a similar example here.

use mpi::{Tag, datatype::PartitionMut, topology::SimpleCommunicator, traits::*};
use serde::{Deserialize, Serialize};
use std::panic::{self, AssertUnwindSafe, catch_unwind};

/// Runs every example. All ranks must call it.
pub fn examples(world: &SimpleCommunicator) {
    names_of_all(world);
    if world.size() > 1 {
        questions_until_enough(world);
        an_order_as_bytes(world);
    }
    if world.rank() == 0 {
        halves();
    }
}

fn names_of_all(world: &SimpleCommunicator) {
    let mine = "ha".repeat(world.rank() as usize);
    let root = world.process_at_rank(0);
    if world.rank() > 0 {
        return root.gather_varcount_into(mine.as_bytes());
    }
    let counts: Vec<i32> = (0..world.size()).map(|rank| 2 * rank).collect();
    let starts: Vec<i32> = (0..world.size()).map(|rank| rank * (rank - 1)).collect();
    let mut laughter = vec![0; counts.iter().sum::<i32>() as usize];
    let mut parts = PartitionMut::new(&mut laughter[..], counts, starts);
    root.gather_varcount_into_root(mine.as_bytes(), &mut parts);
    println!("all together: {}", String::from_utf8_lossy(&laughter));
}

const QUESTION: Tag = 1;
const ENOUGH: Tag = 2;

fn questions_until_enough(world: &SimpleCommunicator) {
    let (asker, last) = (world.process_at_rank(0), world.size() - 1);
    // ANCHOR: stop-tag
    if world.rank() == last {
        loop {
            let (number, status) = asker.receive::<u64>();
            if status.tag() == ENOUGH {
                return;
            }
            asker.send(&(number * number));
        }
    }
    // ANCHOR_END: stop-tag
    if world.rank() == 0 {
        let answerer = world.process_at_rank(last);
        for number in [3_u64, 0, 12] {
            answerer.send_with_tag(&number, QUESTION);
            println!("{number} squared is {}", answerer.receive::<u64>().0);
        }
        answerer.send_with_tag(&0_u64, ENOUGH);
    }
}

#[derive(Debug, Serialize, Deserialize)]
enum Order {
    Paint { wall: String, coats: u8 },
    GoHome,
}

fn an_order_as_bytes(world: &SimpleCommunicator) {
    if world.rank() == 0 {
        let wall = String::from("north");
        for order in [Order::Paint { wall, coats: 2 }, Order::GoHome] {
            let bytes = postcard::to_stdvec(&order).expect("an order can be written");
            world.process_at_rank(1).send(&bytes[..]);
        }
    } else if world.rank() == 1 {
        loop {
            let (bytes, _) = world.process_at_rank(0).receive_vec::<u8>();
            let order = postcard::from_bytes(&bytes).expect("rank 0 sends orders");
            println!("rank 1 got {order:?}");
            if matches!(order, Order::GoHome) {
                break;
            }
        }
    }
}

fn half(number: u32) -> u32 {
    assert!(number.is_multiple_of(2), "{number} is odd");
    number / 2
}

fn halves() {
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    // ANCHOR: halves
    for number in [8, 7, 6] {
        match catch_unwind(AssertUnwindSafe(|| half(number))) {
            Ok(half) => println!("half of {number} is {half}"),
            Err(payload) => {
                let text = payload.downcast_ref::<String>();
                println!("no half: {text:?}");
            }
        }
    }
    // ANCHOR_END: halves
    panic::set_hook(hook);
}
