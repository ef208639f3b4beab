import Testing

@testable import AMQP

@Suite("Deliveries between the event loop and tasks", .timeLimit(.minutes(1)))
struct DeliveryBufferTests {
    private static func take(_ buffer: DeliveryBuffer<Int>) async -> Result<Int?, AMQPError> {
        do throws(AMQPError) {
            return .success(try await buffer.next())
        } catch {
            return .failure(error)
        }
    }

    @Test("are handed out in order, then the end is told to every task")
    func order() async throws {
        // Given three deliveries and an end
        let buffer = DeliveryBuffer<Int>(prefetch: .max)
        for number in 1...3 { #expect(buffer.append(number)) }
        buffer.finish(AMQPError(.closed, reason: "over"))
        // When more comes, then it is not taken
        #expect(!buffer.append(4))
        // And what came before is handed out first
        for number in 1...3 { #expect(try await buffer.next() == number) }
        for _ in 0..<2 {
            guard case .failure(let error) = await Self.take(buffer) else {
                Issue.record("no error")
                continue
            }
            #expect(error.code == .closed)
        }
        // And an end without an error is an end
        let other = DeliveryBuffer<Int>(prefetch: .max)
        other.finish(nil)
        other.finish(AMQPError(.closed, reason: "too late"))
        #expect(try await other.next() == nil)
    }

    @Test("go to one of many tasks each, however these are cancelled")
    func manyTasks() async throws {
        let buffer = DeliveryBuffer<Int>(prefetch: .max)
        // Given 20 tasks that take, half of which are cancelled while they do
        let tasks = (0..<20).map { _ in
            Task {
                var seen: [Int] = []
                while case .success(let number?) = await Self.take(buffer) { seen.append(number) }
                return seen
            }
        }
        // When 2000 deliveries come
        for number in 0..<2000 {
            #expect(buffer.append(number))
            if number % 100 == 50, number < 1000 { tasks[number / 100].cancel() }
        }
        buffer.finish(nil)
        var seen: [Int] = []
        for task in tasks { seen += await task.value }
        // Then each was taken once
        #expect(seen.count == 2000 && Set(seen).count == 2000)
    }

    @Test("are taken out by who gives up")
    func removal() async throws {
        let buffer = DeliveryBuffer<Int>(prefetch: .max)
        for number in 1...3 { _ = buffer.append(number) }
        #expect(buffer.count == 3)
        #expect(buffer.removeAll() == [1, 2, 3])
        #expect(buffer.count == 0)
        // A task that is cancelled before it waits is told so
        let task = Task { await Self.take(buffer) }
        task.cancel()
        guard case .failure(let error) = await task.value else {
            Issue.record("no error")
            return
        }
        #expect(error.code == .cancelled)
    }
}
