import NIOCore
import NIOPosix
import Testing

@testable import AMQP

@Suite("Waiting for a change", .timeLimit(.minutes(1)))
struct ChangeSignalTests {
    private let signal = ChangeSignal()
    private let loop = NIOSingletons.posixEventLoopGroup.next()

    @Test("given a change between looking and waiting, when waiting, then it is not missed")
    func notMissed() async {
        let version = signal.version
        signal.change()
        #expect(await signal.wait(after: version, until: nil, on: loop) == .changed)
        #expect(signal.waiting == 0)
    }

    @Test("given many that wait, when something changes, then all go on, once")
    func many() async {
        let version = signal.version
        let tasks = (0..<50).map { _ in Task { await signal.wait(after: version, until: nil, on: loop) } }
        while signal.waiting < 50 { await Task.yield() }
        signal.change()
        signal.change()
        for task in tasks { #expect(await task.value == .changed) }
    }

    @Test("given no change, when the deadline passes or the task is cancelled, then the wait ends")
    func ends() async {
        let past = NIODeadline.now() - .seconds(1)
        #expect(await signal.wait(after: signal.version, until: past, on: loop) == .timedOut)
        #expect(await signal.wait(after: signal.version, until: .now() + .milliseconds(1), on: loop) == .timedOut)
        let early = Task { await signal.wait(after: signal.version, until: nil, on: loop) }
        early.cancel()
        #expect(await early.value == .cancelled)
        let late = Task { await signal.wait(after: signal.version, until: nil, on: loop) }
        while signal.waiting == 0 { await Task.yield() }
        late.cancel()
        #expect(await late.value == .cancelled)
        #expect(signal.waiting == 0)
    }
}
