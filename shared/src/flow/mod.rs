//! A process as blocks and named outcomes: definition, block kinds, rules, and the run as a pure state machine.
