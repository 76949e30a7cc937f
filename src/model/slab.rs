//! Numbered places for things that come and go, with generations, so that an event for something
//! that has gone finds nothing.

use std::marker::PhantomData;

/// The place of a `T` in its [`Slab`], and which of its successive tenants is meant.
#[derive(Debug)]
pub struct Id<T> {
    index: u32,
    generation: u32,
    tenant: PhantomData<fn() -> T>,
}

impl<T> Id<T> {
    /// Nobody's.
    pub const NONE: Id<T> = Id { index: u32::MAX, generation: 0, tenant: PhantomData };

    /// The number of the place: below the number of things ever held at once.
    #[inline]
    pub fn index(self) -> usize {
        self.index as usize
    }

    /// Whether this is nobody's.
    #[inline]
    pub fn is_none(self) -> bool {
        self.index == u32::MAX
    }
}

impl<T> Default for Id<T> {
    fn default() -> Self {
        Id::NONE
    }
}

impl<T> Clone for Id<T> {
    #[inline]
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Id<T> {}

impl<T> PartialEq for Id<T> {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.index == other.index && self.generation == other.generation
    }
}

impl<T> Eq for Id<T> {}

#[derive(Debug)]
struct Place<T> {
    /// Odd while let.
    generation: u32,
    tenant: T,
}

/// Places for `T`s. A place that has been left is let again, the one left last first.
#[derive(Debug)]
pub struct Slab<T> {
    places: Vec<Place<T>>,
    free: Vec<u32>,
}

impl<T> Slab<T> {
    /// No places yet.
    pub fn new() -> Slab<T> {
        Slab { places: Vec::new(), free: Vec::new() }
    }

    /// How many things are held.
    #[inline]
    pub fn len(&self) -> usize {
        self.places.len() - self.free.len()
    }

    /// Takes `tenant` in.
    #[inline]
    pub fn insert(&mut self, tenant: T) -> Id<T> {
        if let Some(index) = self.free.pop() {
            let place = &mut self.places[index as usize];
            place.generation += 1;
            place.tenant = tenant;
            return Id { index, generation: place.generation, tenant: PhantomData };
        }
        let index = self.places.len() as u32;
        self.places.push(Place { generation: 1, tenant });
        Id { index, generation: 1, tenant: PhantomData }
    }

    /// What `id` names, while it is there.
    #[inline]
    pub fn get(&self, id: Id<T>) -> Option<&T> {
        let place = self.places.get(id.index())?;
        (place.generation == id.generation).then_some(&place.tenant)
    }

    /// What `id` names, while it is there.
    #[inline]
    pub fn get_mut(&mut self, id: Id<T>) -> Option<&mut T> {
        let place = self.places.get_mut(id.index())?;
        (place.generation == id.generation).then_some(&mut place.tenant)
    }

    /// Lets the place of `id` go.
    #[inline]
    pub fn remove(&mut self, id: Id<T>) {
        let place = &mut self.places[id.index()];
        assert!(place.generation == id.generation, "a place is left once, by its tenant");
        place.generation += 1;
        self.free.push(id.index);
    }

    /// All that are held, by place.
    pub fn iter(&self) -> impl Iterator<Item = (Id<T>, &T)> {
        self.places.iter().enumerate().filter(|(_, place)| place.generation % 2 == 1).map(
            |(index, place)| {
                let id =
                    Id { index: index as u32, generation: place.generation, tenant: PhantomData };
                (id, &place.tenant)
            },
        )
    }
}

impl<T> Slab<T> {
    /// Those who have left and whose places are not let again, as they were; the last to leave first.
    pub fn left(&self) -> impl Iterator<Item = (Id<T>, &T)> {
        self.free.iter().rev().map(|index| {
            let place = &self.places[*index as usize];
            let id = Id { index: *index, generation: place.generation - 1, tenant: PhantomData };
            (id, &place.tenant)
        })
    }
}

#[cfg(test)]
impl<T> Slab<T> {
    /// So many different ids, of nothing.
    pub fn places_for_tests(number: usize) -> Vec<Id<T>> {
        let id = |index| Id { index: index as u32, generation: 1, tenant: PhantomData };
        (0..number).map(id).collect()
    }
}

impl<T> std::ops::Index<Id<T>> for Slab<T> {
    type Output = T;

    #[inline]
    fn index(&self, id: Id<T>) -> &T {
        self.get(id).expect("who asks by index knows that it is there")
    }
}

impl<T> std::ops::IndexMut<Id<T>> for Slab<T> {
    #[inline]
    fn index_mut(&mut self, id: Id<T>) -> &mut T {
        self.get_mut(id).expect("who asks by index knows that it is there")
    }
}

/// What is known besides of some of the things of a slab, by their places. What stands at a place
/// that was left stays for the next one there: whoever claims it makes it new.
#[derive(Debug)]
pub struct Beside<T, V> {
    places: Vec<(Id<T>, V)>,
}

impl<T, V: Default> Beside<T, V> {
    /// Nothing is known.
    pub fn new() -> Beside<T, V> {
        Beside { places: Vec::new() }
    }

    /// The place of `id`, from now on.
    pub fn claim(&mut self, id: Id<T>) -> &mut V {
        if self.places.len() <= id.index() {
            self.places.resize_with(id.index() + 1, Default::default);
        }
        let place = &mut self.places[id.index()];
        place.0 = id;
        &mut place.1
    }

    /// What is known of `id`.
    #[inline]
    pub fn get(&self, id: Id<T>) -> Option<&V> {
        self.places.get(id.index()).filter(|place| place.0 == id).map(|place| &place.1)
    }

    /// What is known of `id`.
    #[inline]
    pub fn get_mut(&mut self, id: Id<T>) -> Option<&mut V> {
        self.places.get_mut(id.index()).filter(|place| place.0 == id).map(|place| &mut place.1)
    }

    /// Nothing is known of `id` any more.
    pub fn leave(&mut self, id: Id<T>) {
        if let Some(place) = self.places.get_mut(id.index()).filter(|place| place.0 == id) {
            place.0 = Id::NONE;
        }
    }

    /// All of whom something is known.
    pub fn iter(&self) -> impl Iterator<Item = (Id<T>, &V)> {
        self.places.iter().filter(|(id, _)| !id.is_none()).map(|(id, value)| (*id, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_outlives_its_tenant_and_finds_nothing() {
        let mut slab = Slab::new();
        let first = slab.insert('a');
        slab.remove(first);
        let second = slab.insert('b');
        assert_eq!((first.index(), slab.get(first)), (second.index(), None));
        assert_eq!(slab.get(second), Some(&'b'));
        assert_eq!(slab.iter().count(), 1);
    }

    #[test]
    fn who_has_left_can_be_seen_until_the_place_is_let_again() {
        let mut slab = Slab::new();
        let (a, b) = (slab.insert('a'), slab.insert('b'));
        slab.remove(a);
        slab.remove(b);
        assert_eq!(slab.left().collect::<Vec<_>>(), [(b, &'b'), (a, &'a')]);
        slab.insert('c');
        assert_eq!(slab.left().collect::<Vec<_>>(), [(a, &'a')]);
    }
}
