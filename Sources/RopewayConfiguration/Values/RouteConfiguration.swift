/// The way of one exchange: active site → capture → relay → standby store, and back on replay.
package struct RouteConfiguration: Sendable, Equatable {
    /// The route's name, `[a-z0-9-]{1,64}`; unique among routes and shovels.
    package let name: String
    /// The exchange on the active site; unique among routes, never the default exchange.
    package let exchange: String
    /// What of the exchange is captured.
    package let bindings: Bindings
    /// The queue that the relay consumes on the active site.
    package let capture: Capture
    /// What the standby site retains, and for how long.
    package let standby: Standby
    /// What a promotion replays, and how fast.
    package let replay: Replay
    /// Whether Ropeway may bind where that changes what publishers see: explicit bindings wider than the exchange's
    /// own (`mandatory` returns and alternate exchanges stop working), and auto-delete exchanges.
    package let acceptsRoutingChange: Bool
    /// Whether the `user_id` property is carried on instead of cleared.
    package let trustsUserID: Bool

    package init(
        name: String,
        exchange: String,
        bindings: Bindings,
        capture: Capture,
        standby: Standby,
        replay: Replay,
        acceptsRoutingChange: Bool,
        trustsUserID: Bool
    ) {
        self.name = name
        self.exchange = exchange
        self.bindings = bindings
        self.capture = capture
        self.standby = standby
        self.replay = replay
        self.acceptsRoutingChange = acceptsRoutingChange
        self.trustsUserID = trustsUserID
    }
}

extension RouteConfiguration {
    /// The type of a queue that Ropeway declares.
    package enum QueueType: String, Sendable, Equatable, CaseIterable {
        /// An append-only stream.
        case stream
        /// A replicated queue.
        case quorum
        /// A classic queue.
        case classic
    }

    /// Whether the same messages come by the same capture as with another.
    package func isCaptured(as other: RouteConfiguration) -> Bool {
        name == other.name && exchange == other.exchange && bindings == other.bindings && capture == other.capture
    }

    /// Whether its capture is a stream that is copied into the store as it is, over the stream protocol.
    package var copiesStream: Bool { capture.type == .stream }

    /// Whether a replay goes by what is known to be consumed. Of what is copied as it was captured that is not known: all of
    /// it is replayed.
    package var usesWatermarks: Bool { replay.window == .watermark && !copiesStream }

    /// What of the exchange is captured.
    package enum Bindings: Sendable, Equatable {
        /// The distinct bindings that the exchange has on the active site, followed as they change.
        case upstream
        /// Exactly these, at least one.
        case explicit([Binding])
    }

    /// One binding of the capture to the exchange.
    package struct Binding: Sendable, Equatable {
        /// The routing key, at most 255 bytes; empty if the file gives only arguments.
        package let routingKey: String
        /// The arguments, for a headers exchange.
        package let arguments: [String: ArgumentValue]

        package init(routingKey: String, arguments: [String: ArgumentValue]) {
            self.routingKey = routingKey
            self.arguments = arguments
        }
    }

    /// The queue or stream that the relay reads on the active site.
    package struct Capture: Sendable, Equatable {
        /// `nil` takes the default for the site's version.
        package let type: QueueType?
        /// How much the capture may hold before its oldest messages are dropped, in bytes.
        package let maxLengthBytes: Int

        package init(type: QueueType?, maxLengthBytes: Int) {
            self.type = type
            self.maxLengthBytes = maxLengthBytes
        }
    }

    /// What the standby site retains, and for how long.
    package struct Standby: Sendable, Equatable {
        /// The type of the store.
        package let type: QueueType
        /// Messages older than this are never replayed.
        package let timeToLive: Duration
        /// Only so many of the newest messages are ever replayed; `nil` is no limit.
        package let maxLength: Int?
        /// How much the store may hold before its oldest messages are dropped, in bytes.
        package let maxLengthBytes: Int
        /// How much longer than ``timeToLive`` the broker keeps messages, for a promotion that waits for a person.
        package let hold: Duration
        /// How far, in bytes, the daemon may raise the store's limits so that nothing that may be unconsumed leaves it; at
        /// least ``maxLengthBytes``. `nil`: it leaves them as they are.
        package let protectedBytes: Int?

        package init(
            type: QueueType,
            timeToLive: Duration,
            maxLength: Int?,
            maxLengthBytes: Int,
            hold: Duration,
            protectedBytes: Int? = nil
        ) {
            self.type = type
            self.timeToLive = timeToLive
            self.maxLength = maxLength
            self.maxLengthBytes = maxLengthBytes
            self.hold = hold
            self.protectedBytes = protectedBytes
        }
    }

    /// What a promotion replays, and how fast.
    package struct Replay: Sendable, Equatable {
        /// What is covered.
        package let window: ReplayWindow
        /// At most so many messages a second; `nil` is no limit.
        package let rate: Int?
        /// Whether whoever publishes to the queues, by whatever way, sets each message's timestamp to the time of day: the
        /// operator's word, which nothing can be seen to break.
        package let trustsTimestamps: Bool

        /// For how long at most a consumer keeps a message before it is acknowledged or returned: the operator's word. `nil`:
        /// for ever.
        package let processingLimit: Duration?

        package init(
            window: ReplayWindow,
            rate: Int?,
            trustsTimestamps: Bool = false,
            processingLimit: Duration? = nil
        ) {
            self.window = window
            self.rate = rate
            self.trustsTimestamps = trustsTimestamps
            self.processingLimit = processingLimit
        }
    }

    /// What a replay covers.
    package enum ReplayWindow: Sendable, Equatable {
        /// What may be unconsumed, by the consumed position.
        case watermark
        /// Everything that the limits of the standby store allow.
        case all
        /// What the relay first saw within this time before the replay's instant.
        case since(Duration)
    }
}
