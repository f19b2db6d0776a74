// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/** The ways in which an asynchronous application responds, each in a number of passes. */
enum AsyncWay {
  COMPLETE_IN_SERVICE(1) {
    @Override
    void pass(Call call, int number) throws IOException {
      AsyncContext context = call.start();
      call.respond();
      context.complete();
    }
  },
  COMPLETE_ON_OTHER_THREAD_IN_SERVICE(1) {
    @Override
    void pass(Call call, int number) throws IOException {
      AsyncContext context = call.start();
      call.respond();
      join(context::complete);
    }
  },
  DISPATCH_IN_SERVICE(2) {
    @Override
    void pass(Call call, int number) throws IOException {
      if (number == 1) {
        call.start().dispatch();
      } else {
        call.respond();
      }
    }
  },
  DISPATCH_ON_OTHER_THREAD_IN_SERVICE(2) {
    @Override
    void pass(Call call, int number) throws IOException {
      if (number == 1) {
        AsyncContext context = call.start();
        join(context::dispatch);
      } else {
        call.respond();
      }
    }
  },
  TWO_CYCLES(3) {
    @Override
    void pass(Call call, int number) throws IOException {
      if (number < 3) {
        AsyncContext context = call.start();
        new Thread(context::dispatch).start();
      } else {
        call.respond();
      }
    }
  },
  TWO_CYCLES_IN_SERVICE(3) {
    @Override
    void pass(Call call, int number) throws IOException {
      if (number < 3) {
        call.start().dispatch();
      } else {
        call.respond();
      }
    }
  },
  COMPLETE_IN_THE_SECOND_CYCLE(2) {
    @Override
    void pass(Call call, int number) throws IOException {
      AsyncContext context = call.start();
      if (number == 1) {
        new Thread(context::dispatch).start();
      } else {
        call.respond();
        new Thread(context::complete).start();
      }
    }
  },
  FORWARD_IN_A_DISPATCH(3) {
    @Override
    void pass(Call call, int number) throws IOException, ServletException {
      if (number == 1) {
        call.start().dispatch();
      } else if (number == 2) {
        call.request.getRequestDispatcher("/forwarded").forward(call.request, call.response);
      } else {
        call.respond();
      }
    }
  },
  INCLUDE_IN_A_DISPATCH(3) {
    @Override
    void pass(Call call, int number) throws IOException, ServletException {
      if (number == 1) {
        call.start().dispatch();
      } else if (number == 2) {
        call.request.getRequestDispatcher("/included").include(call.request, call.response);
      } else {
        call.respond();
      }
    }
  },
  START_IN_A_FORWARD(3) {
    @Override
    void pass(Call call, int number) throws IOException, ServletException {
      if (number == 1) {
        call.request.getRequestDispatcher("/forwarded").forward(call.request, call.response);
      } else if (number == 2) {
        call.start().dispatch();
      } else {
        call.respond();
      }
    }
  },
  /** The container renders the error page, in Tomcat after the completion. */
  ERROR_PAGE_OF_A_DISPATCH(2) {
    @Override
    void pass(Call call, int number) throws IOException {
      if (number == 1) {
        call.start().dispatch();
      } else if (number == 2) {
        call.response.sendError(Container.ERROR_PAGE_STATUS);
      } else {
        call.respond();
      }
    }
  },
  EXCEPTION_AFTER_START(1) {
    @Override
    void pass(Call call, int number) {
      call.start().setTimeout(500); // Jetty responds at the timeout
      throw new IllegalStateException("expected in the log: after startAsync");
    }
  },
  /** Not in Undertow, which repeats such a dispatch for ever. */
  DISPATCH_AT_THE_ERROR(1) {
    @Override
    void pass(Call call, int number) throws IOException {
      if (number == 1) {
        AsyncContext context = call.start();
        context.setTimeout(500);
        context.addListener(new OnFailure(() -> {}, context::dispatch));
        throw new IllegalStateException("expected in the log: before a dispatch");
      }
      call.respond();
    }
  },
  COMPLETE_BEFORE_THE_FILTER_LISTENS(1) {
    @Override
    void pass(Call call, int number) throws IOException {
      AsyncContext context = call.start();
      call.respond();
      call.beforeTheFilterListens(context::complete);
    }
  },
  DISPATCH_BEFORE_THE_FILTER_LISTENS(2) {
    @Override
    void pass(Call call, int number) throws IOException {
      if (number == 1) {
        AsyncContext context = call.start();
        call.beforeTheFilterListens(context::dispatch);
      } else {
        call.respond();
      }
    }
  },
  EXCEPTION_IN_A_DISPATCH(2) {
    @Override
    void pass(Call call, int number) {
      if (number == 1) {
        call.start().dispatch();
      } else {
        throw new IllegalStateException("expected in the log: in a dispatch");
      }
    }
  },
  TIMEOUT(1) {
    @Override
    void pass(Call call, int number) {
      call.start().setTimeout(100);
    }
  },
  DISPATCH_AT_THE_TIMEOUT(2) {
    @Override
    void pass(Call call, int number) throws IOException {
      if (number == 1) {
        AsyncContext context = call.start();
        context.setTimeout(100);
        context.addListener(new OnFailure(context::dispatch, () -> {}));
      } else {
        call.respond();
      }
    }
  },
  COMPLETE_AT_THE_TIMEOUT(1) {
    @Override
    void pass(Call call, int number) {
      AsyncContext context = call.start();
      context.setTimeout(100);
      context.addListener(
          new OnFailure(
              () -> {
                call.respondUnchecked();
                context.complete();
              },
              () -> {}));
    }
  },
  READ_LISTENER_AND_TIMEOUT(1) {
    @Override
    void pass(Call call, int number) throws IOException {
      AsyncContext context = call.start();
      context.setTimeout(100);
      context.addListener(
          new OnFailure(
              () -> {
                call.respondUnchecked();
                context.complete();
              },
              () -> {}));
      call.request
          .getInputStream()
          .setReadListener(
              new ReadListener() {
                @Override
                public void onDataAvailable() throws IOException {
                  var in = call.request.getInputStream();
                  while (in.isReady() && in.read() >= 0) {
                    // the end never arrives
                  }
                }

                @Override
                public void onAllDataRead() {
                  throw new AssertionError("the client sends only a part");
                }

                @Override
                public void onError(Throwable failure) {}
              });
    }
  };

  /** The request attribute of a task to run before the filter registers its listener. */
  static final String TASK = "task";

  /** The number of passes. */
  final int passes;

  AsyncWay(int passes) {
    this.passes = passes;
  }

  /** Serves the pass of this number, from 1. */
  abstract void pass(Call call, int number) throws IOException, ServletException;

  static void join(Runnable task) {
    var thread = new Thread(task);
    thread.start();
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** One pass of a request through the application. */
  record Call(HttpServletRequest request, HttpServletResponse response) {
    AsyncContext start() {
      AsyncContext context = request.startAsync();
      context.setTimeout(20_000);
      return context;
    }

    /** Runs the task on another thread before the filter registers its listener. */
    void beforeTheFilterListens(Runnable task) {
      request.setAttribute(TASK, task);
    }

    void respond() throws IOException {
      response.getOutputStream().print("done");
    }

    void respondUnchecked() {
      try {
        respond();
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }
  }

  private record OnFailure(Runnable atTimeout, Runnable atError) implements AsyncListener {
    @Override
    public void onTimeout(AsyncEvent event) {
      atTimeout.run();
    }

    @Override
    public void onComplete(AsyncEvent event) {}

    @Override
    public void onError(AsyncEvent event) {
      atError.run();
    }

    @Override
    public void onStartAsync(AsyncEvent event) {}
  }
}
