import BrokerHarness
import Foundation
import FoundationNetworking
import RopewayHarness

/// What one scrape of a daemon brought.
struct Scrape: Sendable {
    /// The text as it came.
    let text: String
    /// Each series as it is written, with its value.
    let series: [String: Double]

    init(text: String) throws {
        self.text = text
        var series: [String: Double] = [:]
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            // Label values may hold blanks; the number behind the last one does not.
            guard let blank = line.lastIndex(of: " "), let value = Double(line[line.index(after: blank)...]) else {
                throw HarnessError("no series: \(line)")
            }
            series[String(line[..<blank])] = value
        }
        self.series = series
    }

    /// The value of a metric's only series; `nil` where there is none.
    ///
    /// - Parameter parts: what its labels must hold, such as `state="running"`.
    func callAsFunction(_ metric: String, _ parts: String...) -> Double? {
        let found = series.filter { name, _ in
            (name == metric || name.hasPrefix("\(metric){")) && parts.allSatisfy { name.contains($0) }
        }
        return found.count == 1 ? found.first?.value : nil
    }
}

extension RopewayProcess {
    /// Asks the daemon for its metrics, as Prometheus does.
    func scrape() async throws -> Scrape {
        guard let address = URL(string: "http://127.0.0.1:\(apiPort)/metrics") else { throw HarnessError("no URL") }
        let (data, response) = try await URLSession.shared.data(for: URLRequest(url: address, timeoutInterval: 15))
        guard let response = response as? HTTPURLResponse, response.statusCode == 200 else {
            throw HarnessError("/metrics: \(response)")
        }
        return try Scrape(text: String(decoding: data, as: UTF8.self))
    }
}
