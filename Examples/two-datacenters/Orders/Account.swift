import ArgumentParser

/// Where every confirmed order ended up.
struct Account: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Accounts for every confirmed order.",
        discussion: "Exits with 0 only if no order is lost."
    )
    @Option(help: "Orders that DC1 confirmed.") var published: String
    @Option(help: "Orders that were consumed in DC1.") var consumedDC1: String
    @Option(help: "Orders that were consumed in DC2.") var consumedDC2: String
    @Option(help: "What the promotion says that it replayed.") var replayed: Int
    @Option(help: "What the promotion says that had expired.") var expired: Int

    func run() throws {
        let all = try NumberLog.read(published)
        let first = try NumberLog.read(consumedDC1)
        let second = try NumberLog.read(consumedDC2)
        let confirmed = Set(all)
        let inDC1 = Set(first)
        let inDC2 = Set(second)
        let lost = confirmed.subtracting(inDC1).subtracting(inDC2)
        let rows: [(String, Int)] = [
            ("published and confirmed in DC1", confirmed.count),
            ("consumed in DC1 before it was lost", inDC1.count),
            ("replayed in DC2", replayed),
            ("consumed in DC2", inDC2.count),
            ("  of these new", inDC2.subtracting(inDC1).count),
            ("  of these repeated", inDC2.intersection(inDC1).count + second.count - inDC2.count),
            ("expired", expired),
            ("lost", lost.count),
        ]
        let width = rows.map(\.0.count).max() ?? 0
        for (label, count) in rows {
            let number = "\(count)"
            print(label + String(repeating: " ", count: width - label.count + 10 - number.count) + number)
        }
        if !lost.isEmpty {
            print("the first lost orders: \(lost.sorted().prefix(10).map(String.init).joined(separator: ", "))")
            throw ExitCode.failure
        }
    }
}
