/// Shovels that put back what went into a quarantine.
extension ShovelConfiguration {
    /// The route or shovel that a queue is the quarantine of; `nil` for any other queue.
    static func quarantined(in queue: String) -> String? {
        let parts = queue.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4, parts[0] == "ropeway", parts[3] == "quarantine", Cursor.isName(parts[1]),
            Cursor.isName(parts[2])
        else { return nil }
        return parts[2]
    }

    /// What a shovel that reads a quarantine can't put back goes into a quarantine of its own: that one may not be read by a
    /// shovel that reads one, or messages would go round and round.
    static func refuseRounds(_ shovels: [ShovelConfiguration], _ sources: [String: Cursor]) {
        let readers = Set(shovels.filter { $0.source.quarantined != nil }.map(\.name))
        for shovel in shovels {
            guard let part = shovel.source.quarantined, readers.contains(part) else { continue }
            sources[shovel.name]?.error(
                "shovel \(Shown.value(shovel.name)) reads the quarantine of \(Shown.value(part)), which reads one itself",
                hint: "read quarantines of routes, and of shovels that read none: messages would go round for ever"
            )
        }
    }
}

extension ShovelConfiguration.Source {
    /// The route or shovel whose quarantine it is; `nil` for any other source.
    package var quarantined: String? {
        guard case .queue(let queue) = origin else { return nil }
        return ShovelConfiguration.quarantined(in: queue)
    }
}
