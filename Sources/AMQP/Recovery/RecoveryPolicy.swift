import Transport

/// How a ``RecoveringConnection`` comes back, and when it gives up.
public struct RecoveryPolicy: Sendable {
    /// The waits between attempts: random, up to a ceiling that doubles from 200 ms to 30 s by default. They start over
    /// when a connection stood for longer than the wait before it could have been.
    public var backoff: BackoffPolicy
    /// How many attempts may fail in a row, from 1 up; `nil`, the default, for no limit.
    public var maximumAttempts: Int?
    /// Whether the first connection is tried again like later ones. By default it is not, so that a wrong address is told
    /// at once; a service that may start before its broker wants it.
    public var retriesFirstConnection: Bool
    /// What ends the connection for good, since trying again does not help: by default a refused login or virtual host, and
    /// what this side can't ask for.
    public var givesUpOn: Set<AMQPError.Code>
    /// How long a call waits for the connection to be back before it throws timedOut: 60 s by default.
    public var callLimit: Duration
    /// What is declared again: all of it by default.
    public var topology: TopologyRecovery
    /// Asked what to do where the broker refuses to have an object back, or a consumer. Without it, the attempt fails and all
    /// of it is tried again: right for what passes by itself, such as an exclusive queue that the lost connection still
    /// holds, and for ever where it does not.
    public var onRefusal: (@Sendable (RecoveredObject, AMQPError) async -> RefusalDecision)?
    /// How long declaring everything again may take before the attempt counts as failed, what ``onRefusal`` takes included:
    /// 30 s by default.
    public var restoreLimit: Duration
    /// Asked before each attempt, for a password or token that changes; `nil`, the default, takes those of the
    /// configuration. What it throws makes the attempt fail.
    public var credentials: (@Sendable () async throws -> Credentials)?

    /// What gives up by default.
    public static let defaultGivesUpOn: Set<AMQPError.Code> = [
        .authenticationFailed, .virtualHostRefused, .invalidArgument, .notSupported,
    ]

    /// Makes a policy; see the properties for what each part means.
    public init(
        backoff: BackoffPolicy = BackoffPolicy(),
        maximumAttempts: Int? = nil,
        retriesFirstConnection: Bool = false,
        givesUpOn: Set<AMQPError.Code> = RecoveryPolicy.defaultGivesUpOn,
        topology: TopologyRecovery = .all,
        onRefusal: (@Sendable (RecoveredObject, AMQPError) async -> RefusalDecision)? = nil,
        callLimit: Duration = .seconds(60),
        restoreLimit: Duration = .seconds(30),
        credentials: (@Sendable () async throws -> Credentials)? = nil
    ) {
        self.backoff = backoff
        self.maximumAttempts = maximumAttempts
        self.retriesFirstConnection = retriesFirstConnection
        self.givesUpOn = givesUpOn
        self.topology = topology
        self.onRefusal = onRefusal
        self.callLimit = callLimit
        self.restoreLimit = restoreLimit
        self.credentials = credentials
    }

    /// Whether the broker's refusal of an object is put up with.
    func skips(_ object: RecoveredObject, _ error: AMQPError) async -> Bool {
        guard error.code == .channelClosedByBroker, let onRefusal else { return false }
        return await onRefusal(object, error) == .skip
    }

    /// Whether an error after this many failed attempts in a row ends the connection for good.
    func givesUp(_ error: AMQPError, failedAttempts: Int, generation: Int) -> Bool {
        if givesUpOn.contains(error.code) { return true }
        if generation == 0, !retriesFirstConnection { return true }
        guard let maximumAttempts else { return false }
        return failedAttempts >= max(1, maximumAttempts)
    }
}
