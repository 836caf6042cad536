//! The iterators of a receiver, which are the same for each kind of channel.

/// `Iter`, `TryIter` and `IntoIter` of a module's `Receiver`, which receives by this kind of reference.
macro_rules! iterators {
    ($lent:ty $(where T: $bound:path)?) => {
        /// What [`Receiver::iter`] returns.
        #[derive(Debug)]
        pub struct Iter<'a, T>($lent);

        impl<'a, T $(: $bound)?> Iterator for Iter<'a, T> {
            type Item = T;

            #[inline]
            fn next(&mut self) -> Option<T> {
                self.0.recv().ok()
            }
        }

        impl<T $(: $bound)?> std::iter::FusedIterator for Iter<'_, T> {}

        /// What [`Receiver::try_iter`] returns.
        #[derive(Debug)]
        pub struct TryIter<'a, T>($lent);

        impl<T $(: $bound)?> Iterator for TryIter<'_, T> {
            type Item = T;

            #[inline]
            fn next(&mut self) -> Option<T> {
                self.0.try_recv().ok()
            }
        }

        /// The messages of a receiver that it owns, until the channel is closed and all has been received.
        #[derive(Debug)]
        pub struct IntoIter<T>(Receiver<T>);

        impl<T $(: $bound)?> Iterator for IntoIter<T> {
            type Item = T;

            #[inline]
            fn next(&mut self) -> Option<T> {
                self.0.recv().ok()
            }
        }

        impl<T $(: $bound)?> std::iter::FusedIterator for IntoIter<T> {}

        impl<T $(: $bound)?> IntoIterator for Receiver<T> {
            type Item = T;
            type IntoIter = IntoIter<T>;

            fn into_iter(self) -> IntoIter<T> {
                IntoIter(self)
            }
        }

        impl<'a, T $(: $bound)?> IntoIterator for $lent {
            type Item = T;
            type IntoIter = Iter<'a, T>;

            fn into_iter(self) -> Iter<'a, T> {
                Iter(self)
            }
        }
    };
}
pub(crate) use iterators;
