import Foundation

/// How much a run of these tests does; by hand it does more than on every change.
enum FaultScale {
    /// Messages of a test that breaks things under load (`ROPEWAY_FAULT_SCALE`).
    static let messages = number("ROPEWAY_FAULT_SCALE") ?? 10_000
    /// How long a site stays away (`ROPEWAY_OUTAGE_SECONDS`).
    static let outage = Duration.seconds(number("ROPEWAY_OUTAGE_SECONDS") ?? 10)
    /// Publishes per test last so long that faults come under load.
    static let loadDuration = Duration.seconds(max(10, messages / 2000))
    /// How often a process is killed in a test, if it lives that long.
    static let kills = min(20, max(6, messages / 1500))
    /// How often a process is killed that takes a promotion back or over (`ROPEWAY_OPERATION_KILLS`).
    static let operationKills = number("ROPEWAY_OPERATION_KILLS") ?? 2
    /// How often the daemon is killed at each step of a promotion (`ROPEWAY_STEP_KILLS`); 0 is once, at one of them.
    static let stepKills = number("ROPEWAY_STEP_KILLS") ?? 0
    /// How often the daemon of a stream capture is killed under full load (`ROPEWAY_STREAM_KILLS`); 0 leaves that out.
    static let streamKills = number("ROPEWAY_STREAM_KILLS") ?? 0
    /// Messages a second of that load (`ROPEWAY_STREAM_RATE`).
    static let streamRate = number("ROPEWAY_STREAM_RATE") ?? 50_000
    /// The sites that have three nodes meanwhile, where `ROPEWAY_OPERATION_NODES` is 3.
    static let largeSites = number("ROPEWAY_OPERATION_NODES") == 3 ? ["dc1", "dc2"] : []
    /// How often a broker or a link is broken in a test.
    static let rounds = messages < 20_000 ? 1 : 2
    /// The types of queues that are tried where one is enough.
    static let queueTypes = messages < 20_000 ? ["quorum"] : ["quorum", "classic"]
    /// The most that a pump has in flight, and so repeats after it was killed.
    static let window = 4096
    /// The most deliveries that a replay holds, and so has in flight.
    static let replayWindow = 2000

    private static func number(_ name: String) -> Int? {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) }
    }

    /// Tells a number that was seen, for whoever runs the tests by hand.
    static func note(_ text: String) {
        FileHandle.standardError.write(Data("seen: \(text)\n".utf8))
    }
}
