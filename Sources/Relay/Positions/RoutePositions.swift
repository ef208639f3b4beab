import Consumption
import Routing
import Waiting

/// What a route knows of its positions: how many of the messages that it has carried were routed to which queue, and what
/// of that the store has confirmed.
///
/// Its relay tells it ten times a second, from the event loop. Whoever judges what is consumed looks at it.
package final class RoutePositions: Sendable {
    /// The queues that messages are routed to, as the bindings were when they were read.
    struct Bindings: Sendable {
        /// Routes that were read later have a higher number.
        var number: Int
        var table: RoutingTable
        /// When all of it had been read. It is used for messages that entered the capture after that.
        var readAt: SteadyTime
        /// When it was known for the last time that the bindings before were as they had been read.
        var stoodUntil: SteadyTime?
        /// Queues that a binding to them, or on the way to them, went from; `nil`: not known, so all.
        var withdrawn: Set<String>?
    }

    struct State: Sendable {
        var log = PositionLog()
        var volume = VolumeLog()
        /// All that was carried so far.
        var carried = VolumeLog.Volume()
        /// No message gets a time before.
        var floor: Int64
        /// What is used, and what is to be used for what enters the capture from now on.
        var bindings: Bindings?
        var next: Bindings?
        /// When the bindings were last known to be as ``bindings`` says.
        var stoodUntil: SteadyTime?
        var lastNumber = 0
        /// Class tables of the log: one for each session and each change of the bindings.
        var generation = 0
        /// Messages without a timestamp, and with a priority, of all sessions.
        var untimed: UInt64 = 0
        var prioritised: UInt64 = 0
        /// The highest timestamp, in seconds, of all sessions.
        var newestTimestamp: Int64?
        /// Canaries on their way, and when one last arrived.
        var canaryFlight = CanaryFlight()
        /// Canaries that came out of the capture.
        var canaries: UInt64 = 0
        /// When the relay last told what it had been given.
        var told: SteadyTime?
    }

    let state: Locked<State>
    /// Tells this process's canaries from those of others.
    package let instance: String

    /// - Parameter floor: no position lies before: one that was handed out by an earlier relay.
    package init(floor: Position? = nil, instance: String) {
        state = Locked(State(floor: floor?.milliseconds ?? 0))
        self.instance = instance
    }

    /// What is known at this moment.
    package var log: PositionLog { state.withLock { $0.log } }

    /// At most so much was carried from a position on; `nil` where that is not known.
    package func carried(since position: Position) -> VolumeLog.Volume? {
        state.withLock { $0.volume.carried(since: position) }
    }

    /// The most that came within about a tenth of a second since a position; `nil`: nothing came.
    package func surge(since position: Position) -> UInt64? {
        state.withLock { $0.volume.surge(since: position) }
    }

    /// When the relay was last given something, to a tenth of a second.
    var lastReceived: SteadyTime? { state.withLock { $0.told } }

    /// No message gets a position before this one from now on.
    package func raiseFloor(to position: Position) {
        state.withLock { $0.floor = max($0.floor, position.milliseconds) }
    }

    // MARK: Bindings

    /// Takes note of the bindings as they were read.
    ///
    /// - Parameters:
    ///   - withdrawn: queues that may be routed less than before, see ``PositionLog/use(_:withdrawn:since:)``.
    ///   - readAt: after the last answer.
    package func changeBindings(
        to table: RoutingTable,
        withdrawn: Set<String>?,
        readAt: SteadyTime
    ) {
        state.withLock { state in
            state.lastNumber += 1
            // One that was not used yet is left out: what was withdrawn with it is withdrawn with this one.
            let all =
                state.next.map { before in
                    before.withdrawn.flatMap { one in withdrawn.map { one.union($0) } }
                } ?? withdrawn
            state.next = Bindings(
                number: state.lastNumber,
                table: table,
                readAt: readAt,
                stoodUntil: state.next == nil ? state.stoodUntil : state.next?.stoodUntil,
                withdrawn: all
            )
        }
    }

    /// Takes note that the bindings were read again and were the same as before.
    package func confirmBindings(sentAt: SteadyTime) {
        state.withLock { if $0.next == nil { $0.stoodUntil = sentAt } }
    }

    // MARK: Canaries

    /// How many canaries have come out of the capture: what the relay received and nobody else published.
    package var canaries: UInt64 { state.withLock { $0.canaries } }

    /// When a canary is to be put into the capture; it counts as sent then. `nil`: none now.
    package func canary(at now: SteadyTime) -> SteadyTime? {
        state.withLock { $0.canaryFlight.maySend(at: now) ? now : nil }
    }

    /// Says whether the capture took a canary.
    package func sentCanary(_ instant: SteadyTime, isCaptured: Bool) {
        state.withLock { $0.canaryFlight.sent(instant, isCaptured: isCaptured) }
    }

    /// Says how long no canary may arrive at the store's site until the way there counts as unknown; `nil`: none are sent.
    package func expectCanaries(within limit: Duration?) {
        state.withLock { $0.canaryFlight.limit = limit }
    }

    /// Has no canary sent any more, or again.
    package func endCanaries(_ isEnded: Bool = true) { state.withLock { $0.canaryFlight.isEnded = isEnded } }

    /// Whether canaries are on their way.
    package var hasCanaries: Bool { canaryFlight.count > 0 }

    /// Canaries on their way, and when one last arrived.
    var canaryFlight: CanaryFlight { state.withLock { $0.canaryFlight } }

    /// The capture was made anew.
    func forgetCanaries() { state.withLock { $0.canaryFlight.forget() } }
}
