//! Storage under small keys that are used again, and maps with a hash that is cheap: both are hot.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};

/// A map whose hash costs a multiplication; keys come from the program that is looked at, which has
/// nothing to gain from collisions.
pub(crate) type Map<K, V> = HashMap<K, V, BuildHasherDefault<Mix>>;

/// Multiplies and folds.
#[derive(Default)]
pub(crate) struct Mix(u64);

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(u64::from(byte));
        }
    }

    fn write_u16(&mut self, value: u16) {
        self.write_u64(u64::from(value));
    }

    fn write_u32(&mut self, value: u32) {
        self.write_u64(u64::from(value));
    }

    fn write_u64(&mut self, value: u64) {
        let wide = u128::from(self.0 ^ value ^ 0x243f_6a88_85a3_08d3) * 0x9e37_79b9_7f4a_7c15;
        self.0 = (wide as u64) ^ ((wide >> 64) as u64);
    }

    fn write_usize(&mut self, value: usize) {
        self.write_u64(value as u64);
    }

    fn write_isize(&mut self, value: isize) {
        self.write_u64(value as u64);
    }
}

/// Values under keys; a removed value's key is given out again.
pub(crate) struct Slab<T> {
    entries: Vec<Option<T>>,
    free: Vec<u32>,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            free: Vec::new(),
        }
    }
}

impl<T> Slab<T> {
    /// Stores a value.
    pub fn insert(&mut self, value: T) -> u32 {
        if let Some(key) = self.free.pop() {
            self.entries[key as usize] = Some(value);
            return key;
        }
        self.entries.push(Some(value));
        (self.entries.len() - 1) as u32
    }

    /// The value under a key that was not removed.
    pub fn at(&self, key: u32) -> &T {
        match &self.entries[key as usize] {
            Some(value) => value,
            None => unreachable!("whoever holds a key holds a reference that keeps its value"),
        }
    }

    /// The value under a key that was not removed, to change it.
    pub fn at_mut(&mut self, key: u32) -> &mut T {
        match &mut self.entries[key as usize] {
            Some(value) => value,
            None => unreachable!("whoever holds a key holds a reference that keeps its value"),
        }
    }

    /// Removes a value.
    pub fn remove(&mut self, key: u32) {
        if self.entries[key as usize].take().is_some() {
            self.free.push(key);
        }
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.entries.len() - self.free.len()
    }
}
