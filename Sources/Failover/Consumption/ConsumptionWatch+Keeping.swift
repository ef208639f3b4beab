import AMQP
import Consumption
import Logging
import Pump
import Relay

/// What the watch keeps on the standby site.
extension ConsumptionWatch {
    func keepWriting(_ situation: Situation) async {
        let store = WatermarkStore(site: situation.standby, pair: pair)
        var backoff = Self.spacing
        var fault: String?
        while !Task.isCancelled, situation.lock.isHeld {
            do {
                try await load(store, situation)
                try await AMQPConnection.withConnection(
                    try situation.standby.connection(name: "ropeway \(pair) watermarks", for: .control)
                ) { connection in
                    try await store.prepare(on: connection)
                    let channel = try await connection.openChannel()
                    try await channel.selectConfirms()
                    while !Task.isCancelled, situation.lock.isHeld {
                        if let watermarks, watermarks != written {
                            try await store.write(watermarks, on: channel)
                            written = watermarks
                        }
                        backoff = Self.spacing
                        fault = nil
                        try await Task.sleep(for: Self.writeInterval)
                    }
                }
            } catch {
                if !(error is CancellationError), fault != "\(error)" {
                    fault = "\(error)"
                    logger.warning(
                        """
                        the consumed positions can't be kept on site '\(situation.standby.name)': relaying goes on, and a \
                        promotion repeats more until they can; it is tried again
                        """,
                        metadata: ["error": "\(error)"]
                    )
                }
                try? await Task.sleep(for: backoff)
                backoff = min(backoff * 2, Self.longestPause)
            }
        }
    }

    /// Goes on from what an earlier leader wrote in this epoch.
    func load(_ store: WatermarkStore, _ situation: Situation) async throws {
        guard watermarks == nil else { return }
        let found = try await store.read()
        let generation = Int(clamping: situation.lock.generation)
        var start = Watermarks(epoch: situation.epoch, generation: generation)
        if let found, found.epoch == situation.epoch { start = found.written(under: generation) }
        for route in situation.routes {
            for watermark in (start.routes[route.names.route] ?? [:]).values {
                route.positions.raiseFloor(to: watermark.position)
            }
        }
        watermarks = start
        // What was judged before this was read goes on from there as well.
        for (route, queues) in judgements {
            for (queue, judgement) in queues where judgement.proof == nil {
                judgements[route]?[queue] = makeJudgement(route, watermarks, queue)
            }
        }
    }

    func makeJudgement(_ route: String, _ known: Watermarks?, _ queue: String) -> QueueJudgement {
        QueueJudgement(
            queue: queue,
            proof: known?.routes[route]?[queue].map { QueueJudgement.Proof($0) },
            settings: settings
        )
    }
}

extension QueueJudgement.Proof {
    /// What an earlier leader proved.
    init(_ watermark: Watermark) {
        let age = max(0, WallClock.milliseconds() - watermark.evidence)
        self.init(position: watermark.position, rule: watermark.rule, evidence: SteadyTime.now() - age)
    }
}
