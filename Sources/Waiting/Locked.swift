import Synchronization

/// A value behind a lock that several closures and objects share. Where one object owns it, a `Mutex` does.
package final class Locked<Value>: Sendable {
    @usableFromInline let mutex: Mutex<Value>

    package init(_ value: sending Value) { mutex = Mutex(value) }

    /// Runs `body` with the value, alone.
    @inlinable
    package func withLock<Result, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        try mutex.withLock(body)
    }
}
