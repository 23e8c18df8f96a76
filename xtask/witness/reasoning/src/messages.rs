//! Which send met which receive, and which met none: kept only when it is asked for.

use crate::{
    matcher::{ReceiveKey, SendKey},
    observation::Observation,
    pairs::{Pair, Unreceived},
};

impl Observation {
    /// From now on keeps the pairs that are found, until they are taken.
    pub fn keep_pairs(&mut self) {
        self.matched.get_or_insert_default();
    }

    /// The pairs that were found since this was last asked; none before [`Self::keep_pairs`].
    pub fn take_pairs(&mut self) -> Vec<Pair> {
        self.matched.as_mut().map_or_else(Vec::new, std::mem::take)
    }

    /// The messages for which there is no receive now, as far as that is certain.
    pub fn unreceived(&self) -> Vec<Unreceived> {
        let certain = |key: &SendKey| {
            let sent = self.matcher.sent(*key);
            self.matcher.reliable((sent.comm, sent.to)) && !self.matcher.send_possible(*key)
        };
        let left = self.matcher.left_over().into_iter().filter(certain);
        left.map(|key| {
            let sent = self.matcher.sent(key);
            Unreceived {
                send: sent.call,
                to: sent.to,
                tag: sent.tag,
                bytes: self.types.bytes(sent.shape),
            }
        })
        .collect()
    }

    pub(crate) fn note_pair(&mut self, send: SendKey, receive: ReceiveKey) {
        let Some(matched) = &mut self.matched else {
            return;
        };
        let (sent, posted) = (self.matcher.sent(send), self.matcher.posted(receive));
        matched.push(Pair {
            send: sent.call,
            receive: posted.call,
            tag: sent.tag,
            bytes: posted.got.or_else(|| self.types.bytes(sent.shape)),
        });
    }
}
