//! What `record` and `object` send, as types of the check's own. Those of the student's crate bring the
//! student's idea of when two of them are equal, and of how they are shown.

use crate::subject;
use std::collections::BTreeMap;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Particle {
    id: u64,
    charge: i8,
    position: [f64; 3],
}

impl From<&subject::Particle> for Particle {
    fn from(particle: &subject::Particle) -> Self {
        let subject::Particle {
            id,
            charge,
            position,
        } = particle;
        Self {
            id: *id,
            charge: *charge,
            position: *position,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Flag(bool),
    Number(f64),
    Text(String),
    List(Vec<Value>),
}

impl From<&subject::Value> for Value {
    fn from(value: &subject::Value) -> Self {
        match value {
            subject::Value::Flag(flag) => Self::Flag(*flag),
            subject::Value::Number(number) => Self::Number(*number),
            subject::Value::Text(text) => Self::Text(text.clone()),
            subject::Value::List(values) => Self::List(values.iter().map(Self::from).collect()),
        }
    }
}

pub fn particles(particles: &[subject::Particle]) -> Vec<Particle> {
    particles.iter().map(Particle::from).collect()
}

pub fn map(map: &BTreeMap<String, subject::Value>) -> BTreeMap<String, Value> {
    map.iter()
        .map(|(name, value)| (name.clone(), value.into()))
        .collect()
}
