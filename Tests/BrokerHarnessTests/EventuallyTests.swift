import BrokerHarness
import Testing

struct EventuallyTests {
    @Test("Given a condition that holds at the third look, when it is awaited, then that is enough")
    func holds() async throws {
        var looks = 0
        try await eventually(within: .seconds(10), "three looks") {
            looks += 1
            return looks == 3
        }
        #expect(looks == 3)
    }

    @Test("Given a condition that throws, when the deadline passes, then the error tells what was awaited and why")
    func deadline() async throws {
        let error = await #expect(throws: HarnessError.self) {
            try await eventually(within: .milliseconds(50), "the moon is full") { throw HarnessError("new moon") }
        }
        #expect(error?.description.contains("the moon is full") == true)
        #expect(error?.description.contains("new moon") == true)
    }
}
