import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** Wrong on purpose: all eight workers wait for their backend without setSoTimeout, so no connection is ever read. */
public final class Workers {
  public static void main(String[] arguments) throws Exception {
    ServerSocket server = Zoo.listen(arguments);
    int port = server.getLocalPort();
    ExecutorService workers = Executors.newFixedThreadPool(8);
    AtomicInteger waiting = new AtomicInteger();
    List<Socket> silent = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      Socket backend = Zoo.peer(port);
      silent.add(server.accept());
      workers.submit(() -> {
        waiting.incrementAndGet();
        return backend.getInputStream().read(); // an answer that never comes
      });
    }
    List<Socket> queued = new ArrayList<>();
    for (int i = 0; i < Zoo.count; i++) {
      Socket client = Zoo.peer(port);
      Socket accepted = server.accept();
      queued.add(accepted);
      workers.submit(() -> {
        try (accepted) {
          return accepted.getInputStream().read();
        }
      });
      client.close();
    }
    Zoo.until(() -> waiting.get() == 8 && Zoo.rows(port, Zoo.CLOSE_WAIT, 1) == Zoo.count, "CLOSE_WAIT, EOF unread");
    Zoo.ready(port);
    Zoo.hold();
  }
}
