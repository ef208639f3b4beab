extension Metric {
    /// What it means, on one line.
    package var help: String {
        pairHelp ?? routeHelp ?? queueHelp ?? siteHelp ?? promotionHelp ?? daemonHelp ?? rawValue
    }

    private var pairHelp: String? {
        switch self {
        case .buildInfo: "The version of the daemon; always 1."
        case .reportTimestamp: "When these numbers were put together."
        case .recordKnown: "Whether the pair's record on the brokers was read and is not contradicted."
        case .epoch: "The pair's epoch, which grows with every promotion."
        case .activeSite: "1 for the site that is active by the record, 0 for the other."
        case .activeSiteOpen: "Whether applications may use the active site."
        case .protectionState: "Whether the standby site could take over now: 1 for the state that holds."
        case .pairError: "What is wrong with the pair as a whole, by its code; 1 while it lasts."
        case .held: "1 while the pair or its operation waits for a person."
        default: nil
        }
    }

    private var routeHelp: String? {
        switch self {
        case .routeState: "What a route does: 1 for the state that holds."
        case .routeError: "What is wrong with a route, by its code; 1 while it lasts."
        case .routesLeftOut: "Routes beyond the bound, which have no series here."
        case .lagKnown: "Whether the lag rests on evidence younger than 5 s; without, there is no series of it."
        case .lagMessages: "Messages captured and not confirmed by the standby store."
        case .lagSeconds: "Age of the oldest message captured and not confirmed by the standby store."
        case .sourceObserved: "When the capture was last seen."
        case .lossKnown: "Whether it is known how many messages a forced promotion would lose now."
        case .lossMessages: "Messages that a forced promotion would lose now, at least and at most."
        case .lossSecondsKnown: "Whether it is known within how many seconds that was published."
        case .lossSeconds: "Within how many seconds what would be lost was published."
        case .repeatsKnown: "Whether it is known how many consumed messages a forced promotion would repeat now."
        case .repeatsMessages: "Consumed messages that a forced promotion would repeat now, at least and at most."
        case .rateReceived: "Messages taken from the capture, a second, over 5 s."
        case .rateConfirmed: "Messages confirmed by the standby store, a second, over 5 s."
        case .received: "Deliveries taken from the capture."
        case .redelivered: "Of these, such that the capture had delivered before."
        case .published: "Publishes to the standby store, repeats included."
        case .confirmed: "Publishes that the standby store confirmed."
        case .refused: "Publishes that the standby store refused (basic.nack)."
        case .returned: "Publishes that came back as unroutable."
        case .quarantined: "Messages that went into the route's quarantine."
        case .publishedBytes: "Bytes of bodies and properties sent to the standby store."
        case .inFlight: "Messages published to the standby store and not confirmed."
        case .inFlightLimit: "How many messages may be in flight at once."
        case .retainedKnown: "Whether it is known how many messages the standby store holds."
        case .retainedMessages: "Messages in the standby store."
        case .retainedBytesKnown: "Whether it is known how many bytes that are."
        case .retainedBytes: "Bytes of the standby store."
        case .retainedOldestKnown: "Whether it is known how far the standby store reaches back."
        case .retainedOldest: "When the relay first saw the oldest message of the standby store."
        case .coverageKnown: "Whether it is known how far the standby store reaches back behind what is unconsumed."
        case .coverage: "How long the standby store still reaches back to what is unconsumed; negative: it loses."
        case .gapsOpen: "Gaps in the protection that nobody has acknowledged."
        case .gapOldest: "From when on messages may be missing, of the oldest open gap."
        default: nil
        }
    }

    private var queueHelp: String? {
        switch self {
        case .consumptionKnown: "Whether anybody looks up to where a route's queues have consumed."
        case .queuesLeftOut: "Queues of a route beyond the bound, which have no series here."
        case .queuePositionKnown: "Whether anything is proved to be consumed in a queue of the active site."
        case .queuePosition: "Everything that was relayed before this time is no longer in the queue."
        case .queueEvidence: "When the queue was looked at that the position rests on."
        case .queueRule: "The rule that proves the position; always 1."
        case .shovelState: "What a shovel does: 1 for the state that holds."
        case .shovelError: "What is wrong with a shovel, by its code; 1 while it lasts."
        case .shovelMoved: "Messages that a shovel has moved."
        case .shovelQuarantined: "Messages that went into a shovel's quarantine."
        case .shovelRateReceived: "Messages that a shovel took from its source, a second, over 5 s."
        case .shovelRateMoved: "Messages that a shovel's destination took, a second, over 5 s."
        case .shovelInFlight: "Messages that a shovel has published and that are not confirmed."
        case .shovelsLeftOut: "Shovels beyond the bound, which have no series here."
        default: nil
        }
    }

    private var siteHelp: String? {
        switch self {
        case .siteRole: "1 for the role that a site has by the record, 0 for the other."
        case .siteHealthKnown: "Whether a site's health was looked at."
        case .siteHealth: "How a site is, after hysteresis: 1 for the state that holds."
        case .siteError: "What is wrong with a site, by its code; 1 while it lasts."
        case .siteInfo: "The lowest version of RabbitMQ among a site's nodes; always 1."
        case .siteObserved: "When a site's health was last looked at, with whatever result."
        case .siteClockKnown: "Whether a site says what time it is there."
        case .siteClock: "How far a site's clock is ahead of the daemon's, to the second; negative: behind."
        case .siteCheckKnown: "Whether a check of a node could be made."
        case .siteCheck: "Whether a check of a node passed."
        case .siteChecksLeftOut: "Checks of a site beyond the bound, which have no series here."
        default: nil
        }
    }

    private var promotionHelp: String? {
        switch self {
        case .refusalsKnown: "Whether it was looked at what would have a planned promotion refused."
        case .refusals: "What would have a planned promotion refused, by the last look."
        case .operationState: "The operation that runs or did not end well: 1 for the state that holds."
        case .operationStarted: "When the operation began."
        case .operationReplayed: "Messages that the operation has replayed."
        case .operationRemaining: "Messages that the operation has still to replay."
        case .operationError: "Why the operation did not end as asked, by its code; 1 while it is shown."
        case .scheduleNext: "When the next planned promotion of a site is due."
        case .scheduleLook: "When it was last looked ahead at the next planned promotion."
        case .scheduleLookPassed: "Whether the next planned promotion would be begun, by the last look ahead."
        case .topologySynced: "When both sites' topologies were last compared by the daemon."
        case .topologyDifferences: "Differences of the topologies that the last comparison left."
        default: nil
        }
    }

    private var daemonHelp: String? {
        switch self {
        case .apiListening: "Whether the daemon answers at an address."
        case .processCPU: "Total user and system CPU time spent in seconds."
        case .processResident: "Resident memory size in bytes."
        case .processVirtual: "Virtual memory size in bytes."
        case .processStarted: "Start time of the process since unix epoch in seconds."
        case .processOpenFiles: "Number of open file descriptors."
        case .processMostFiles: "Maximum number of open file descriptors."
        default: nil
        }
    }
}
