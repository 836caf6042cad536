//! Lanes and weights, as handles see them.

use crate::{Receiver, Sender};

impl<T> Sender<T> {
    /// A sender into a lane of the channel, by its number from 0; see [`Builder::lanes`](crate::Builder::lanes).
    ///
    /// Its clones are in the same lane, and so is what is waited for, kept and counted by it: [`len`](Self::len),
    /// [`capacity`](Self::capacity), [`is_full`](Self::is_full) and [`weight`](Self::weight) are the lane's. Without lanes
    /// there is one, of number 0. Costs an allocation, which the clones share.
    ///
    /// # Panics
    ///
    /// Panics if the channel has no lane of that number.
    pub fn lane(&self, number: usize) -> Self {
        Self::first(self.flavor().beside(number))
    }

    /// How many lanes the channel has: one, unless it was built with more.
    pub fn lanes(&self) -> usize {
        self.flavor().lanes()
    }

    /// How many messages there are in a lane at this moment, by its number from 0.
    ///
    /// # Panics
    ///
    /// Panics if the channel has no lane of that number.
    pub fn lane_len(&self, number: usize) -> usize {
        self.flavor().lane_len(number)
    }

    /// How heavy the messages are that are in this sender's lane at this moment, in the unit of
    /// [`Builder::weight`](crate::Builder::weight); zero if the channel is not bounded by weight.
    ///
    /// Over the limit only by a message that is alone there.
    pub fn weight(&self) -> usize {
        self.flavor().load().own
    }

    /// How heavy the messages of a lane can be together; `None` if the channel is not bounded by weight.
    pub fn weight_limit(&self) -> Option<usize> {
        self.flavor().load().limit
    }
}

impl<T> Receiver<T> {
    /// How many lanes the channel has: one, unless it was built with more.
    pub fn lanes(&self) -> usize {
        self.flavor().lanes()
    }

    /// How many messages there are in a lane at this moment, by its number from 0.
    ///
    /// # Panics
    ///
    /// Panics if the channel has no lane of that number.
    pub fn lane_len(&self, number: usize) -> usize {
        self.flavor().lane_len(number)
    }

    /// How heavy the messages of all lanes are at this moment, in the unit of [`Builder::weight`](crate::Builder::weight); zero
    /// if the channel is not bounded by weight.
    pub fn weight(&self) -> usize {
        self.flavor().load().own
    }

    /// How heavy the messages of a lane can be together; `None` if the channel is not bounded by weight.
    pub fn weight_limit(&self) -> Option<usize> {
        self.flavor().load().limit
    }
}
