import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Innocent: every connection is closed, 3 s after its EOF. Eight a second come, so about 23 wait at any time. */
public final class SlowCloser {
  public static void main(String[] arguments) throws Exception {
    ServerSocket server = Zoo.listen(arguments);
    int port = server.getLocalPort();
    ScheduledExecutorService timer = Executors.newScheduledThreadPool(2);
    timer.scheduleAtFixedRate(() -> {
      try {
        Socket client = Zoo.peer(port);
        Socket accepted = server.accept();
        client.close();
        while (accepted.getInputStream().read() >= 0) continue;
        timer.schedule(() -> { accepted.close(); return null; }, 3, TimeUnit.SECONDS);
      } catch (Exception failed) {
        failed.printStackTrace();
      }
    }, 0, 3000 / Zoo.count, TimeUnit.MILLISECONDS);
    Zoo.until(() -> Zoo.rows(port, Zoo.CLOSE_WAIT, 0) >= Zoo.count - 3, "about 23 in CLOSE_WAIT");
    Zoo.ready(port);
    Zoo.hold();
  }
}
