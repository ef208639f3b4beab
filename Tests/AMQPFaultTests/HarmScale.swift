import Foundation

/// How much the test of harmed links does.
enum HarmScale {
    /// `ROPEWAY_HARMED_CONNECTIONS`, 1000 if it is not set.
    static let connections = number("ROPEWAY_HARMED_CONNECTIONS") ?? 1000
    /// `ROPEWAY_HARM_SEED`, 1 if it is not set.
    static let seed = UInt64(number("ROPEWAY_HARM_SEED") ?? 1)
    /// Most of them wait for something that never comes.
    static let atOnce = isLarge ? 256 : 64
    /// How many times the usual a large run waits: it goes on for long beside other work, and few of its connections
    /// wait in vain because the machine is busy.
    static let patience = isLarge ? 4 : 1
    static let warmUp = 300
    /// What resident memory may grow by, in bytes: what allocators keep, and far less than a connection takes for each.
    static var memoryGrowth: Int { (32 << 20) + connections * 200 }

    private static var isLarge: Bool { connections > 10_000 }

    private static func number(_ name: String) -> Int? {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) }
    }
}
