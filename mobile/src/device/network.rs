//! Whether there is a network, as the web view tells its page. Nothing of the system is asked beside it: WebKit on Linux
//! listens to the monitor that a program of its own would listen to (gio's), Android's web view needs `ACCESS_NETWORK_STATE`
//! for it, and all of them say only that a network is there. Whether the server is reached, the connection says.

use crate::host::Host;

/// The page heard that the network came back: what waits for the next try to connect need not wait for it.
pub(crate) fn came_back(host: &Host) {
    host.online();
}
