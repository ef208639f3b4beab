import Synchronization

/// Which endpoint answered last. All forms of one API share it, so that one that hangs costs its time once, and not again
/// in each form.
final class PreferredEndpoint: Sendable {
    private let stored = Mutex(0)

    var index: Int {
        get { stored.withLock { $0 } }
        set { stored.withLock { $0 = newValue } }
    }
}
