//! An answer that was kept from an earlier call.

use std::{any::Any, cell::RefCell, collections::BTreeMap, fmt::Debug};

/// What was found first for this question, whatever is found now.
pub fn kept<T: Clone + 'static>(question: impl Debug, found: T) -> T {
    thread_local! {
        static KEPT: RefCell<BTreeMap<String, Box<dyn Any>>> = const { RefCell::new(BTreeMap::new()) };
    }
    KEPT.with_borrow_mut(|kept| {
        let question = format!("{} {question:?}", std::any::type_name::<T>());
        let first = kept
            .entry(question)
            .or_insert_with(|| Box::new(found.clone()));
        first.downcast_ref().cloned().unwrap_or(found)
    })
}
