//! Walking, reading, writing fixes.
