// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.tck.TckServer;
import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.servlet.Servlets;
import io.undertow.servlet.api.DeploymentInfo;
import io.undertow.servlet.api.DeploymentManager;
import io.undertow.servlet.api.ServletContainerInitializerInfo;
import io.undertow.servlet.util.ImmediateInstanceFactory;
import jakarta.servlet.ServletContainerInitializer;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.coyote.http2.Http2Protocol;
import org.apache.tomcat.util.descriptor.web.ErrorPage;
import org.eclipse.jetty.ee10.servlet.ErrorPageErrorHandler;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.component.LifeCycle;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** The servers of the tests, configured through the servlet context as by an application. */
enum Container {
  JETTY {
    @Override
    TckServer start(Application application, boolean relaxed) throws Exception {
      var server = new Server(new QueuedThreadPool(THREADS, THREADS));
      var http = new HttpConfiguration();
      http.setUriCompliance(relaxed ? UriCompliance.UNSAFE : UriCompliance.DEFAULT);
      var connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(http));
      if (relaxed) {
        connector.addConnectionFactory(new HTTP2CServerConnectionFactory(http));
      }
      connector.setHost("127.0.0.1");
      server.addConnector(connector);
      var context = new ServletContextHandler("/");
      context.getServletHandler().setDecodeAmbiguousURIs(relaxed);
      var errors = new ErrorPageErrorHandler();
      errors.addErrorPage(ERROR_PAGE_STATUS, ERROR_PAGE);
      context.setErrorHandler(errors);
      context.addServletContainerInitializer((classes, ctx) -> application.set(ctx));
      server.setHandler(context);
      server.start();
      return of(connector.getLocalPort(), () -> LifeCycle.stop(server));
    }
  },

  TOMCAT {
    @Override
    TckServer start(Application application, boolean relaxed) throws Exception {
      Path base = Files.createTempDirectory("gateway-tomcat");
      var tomcat = new Tomcat();
      tomcat.setBaseDir(base.toString());
      var connector = new Connector();
      connector.setPort(0);
      connector.setProperty("address", "127.0.0.1");
      if (relaxed) {
        connector.setEncodedSolidusHandling("decode");
        connector.setEncodedReverseSolidusHandling("decode");
        connector.setProperty("allowBackslash", "true");
        connector.setProperty("relaxedPathChars", "\\[]{}|");
        connector.addUpgradeProtocol(new Http2Protocol());
      }
      connector.setProperty("maxThreads", Integer.toString(THREADS));
      connector.setProperty("minSpareThreads", "2");
      tomcat.setConnector(connector);
      Context context = tomcat.addContext("", base.toString());
      context.addServletContainerInitializer((classes, ctx) -> application.set(ctx), Set.of());
      var page = new ErrorPage();
      page.setErrorCode(ERROR_PAGE_STATUS);
      page.setLocation(ERROR_PAGE);
      context.addErrorPage(page);
      context.setRequestCharacterEncoding("UTF-8"); // as the web.xml that it is shipped with
      tomcat.start();
      return of(connector.getLocalPort(), () -> stop(tomcat, base));
    }

    private void stop(Tomcat tomcat, Path base) {
      try {
        tomcat.stop();
        tomcat.destroy();
        try (Stream<Path> files = Files.walk(base)) {
          files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
        }
      } catch (LifecycleException e) {
        throw new IllegalStateException(e);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  },

  UNDERTOW {
    @Override
    TckServer start(Application application, boolean relaxed) throws Exception {
      ServletContainerInitializer initializer = (classes, ctx) -> application.set(ctx);
      DeploymentInfo deployment =
          Servlets.deployment()
              .setClassLoader(Container.class.getClassLoader())
              .setContextPath("/")
              .setDeploymentName("test")
              .setDefaultRequestEncoding("UTF-8") // forms are ISO-8859-1 to it otherwise
              .addErrorPage(Servlets.errorPage(ERROR_PAGE, ERROR_PAGE_STATUS))
              .addServletContainerInitializer(
                  new ServletContainerInitializerInfo(
                      initializer.getClass(),
                      new ImmediateInstanceFactory<>(initializer),
                      Set.of()));
      DeploymentManager manager = Servlets.newContainer().addDeployment(deployment);
      manager.deploy();
      Undertow server =
          Undertow.builder()
              .addHttpListener(0, "127.0.0.1")
              .setServerOption(UndertowOptions.DECODE_SLASH, relaxed)
              .setServerOption(UndertowOptions.ENABLE_HTTP2, relaxed)
              .setIoThreads(1)
              .setWorkerThreads(THREADS)
              .setHandler(manager.start())
              .build();
      server.start();
      var address = (InetSocketAddress) server.getListenerInfo().get(0).getAddress();
      return of(address.getPort(), () -> stop(server, manager));
    }

    private void stop(Undertow server, DeploymentManager manager) {
      server.stop();
      try {
        manager.stop();
        manager.undeploy();
      } catch (ServletException e) {
        throw new IllegalStateException(e);
      }
    }
  };

  /** Fewer than the requests that wait concurrently in a test. */
  static final int THREADS = 8;

  /** The status that has an error page, and where that is. */
  static final int ERROR_PAGE_STATUS = 429;

  static final String ERROR_PAGE = "/error-page";

  /** Registers filters and servlets. */
  @FunctionalInterface
  interface Application {
    void set(ServletContext context) throws ServletException;
  }

  /** Returns its name in the table of docs/http-semantics.md. */
  String documentedName() {
    return name().charAt(0) + name().substring(1).toLowerCase(Locale.ROOT);
  }

  TckServer start(Application application) throws Exception {
    return start(application, false);
  }

  /**
   * Starts it.
   *
   * @param relaxed whether it accepts as many targets as it can, and HTTP/2 without TLS
   */
  abstract TckServer start(Application application, boolean relaxed) throws Exception;

  private static TckServer of(int port, Runnable stop) {
    requireNonNull(stop, "stop");
    return new TckServer() {
      @Override
      public int port() {
        return port;
      }

      @Override
      public void close() {
        stop.run();
      }
    };
  }
}
