//! Vendors at their worst: they fail in every way, or write what somebody else told them to. The real stages ask a server on a loopback
//! port; what they ask of AWS is answered from memory, so that many jobs are made within seconds.

mod bills;
mod faults;
mod garbled;
mod obedient;
mod works;
