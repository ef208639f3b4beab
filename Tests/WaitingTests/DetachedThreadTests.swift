import Foundation
import Testing

@testable import Waiting

@Suite("A detached thread")
struct DetachedThreadTests {
    @Test("runs what it was given once, with every signal blocked")
    func runs() async {
        let waiter = Waiter<Bool>()
        #expect(
            DetachedThread.start {
                var signals = sigset_t()
                pthread_sigmask(SIG_BLOCK, nil, &signals)
                waiter.resume(returning: sigismember(&signals, SIGPIPE) == 1 && sigismember(&signals, SIGTERM) == 1)
            } == 0
        )
        #expect(await waiter.wait(orIfCancelled: false))
    }
}
