import ControlModel
import Foundation
import Management
import Testing

@testable import Failover

@Suite("What can be a lock")
struct LockFaultTests {
    private static func queue(_ type: String, _ arguments: String) throws -> QueueTotals {
        let text =
            #"{"vhost":"/","name":"ropeway.shop.lock","type":"\#(type)","durable":true,"arguments":{\#(arguments)}}"#
        return try JSONDecoder().decode(QueueTotals.self, from: Data(text.utf8))
    }

    @Test("Given a queue that has the lock's name, when it is not as the lock is declared, then that is told")
    func faults() throws {
        let single = #""x-queue-type":"quorum","x-single-active-consumer":true"#
        let limit = #""x-delivery-limit":1000000000"#
        #expect(SiteLock.fault(of: try Self.queue("quorum", "\(single),\(limit)")) == nil)
        #expect(SiteLock.fault(of: try Self.queue("classic", "")) != nil)
        #expect(SiteLock.fault(of: try Self.queue("quorum", "\"x-queue-type\":\"quorum\",\(limit)")) != nil)
        // The broker refuses to declare it with a limit then.
        #expect(SiteLock.fault(of: try Self.queue("quorum", single)) != nil)
    }
}
