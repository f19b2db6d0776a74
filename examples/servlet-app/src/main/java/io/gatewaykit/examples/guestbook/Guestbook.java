// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.examples.guestbook;

import jakarta.servlet.MultipartConfigElement;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletRegistration;

/** A guestbook with entries by form, pictures by upload, and news by long polling. */
public final class Guestbook {
  private static final long MAX_PICTURE_BYTES = 1 << 20;

  private final Entries entries = new Entries();

  /** Registers the application's servlets in a container's context. */
  public void addTo(ServletContext context) {
    context.addServlet("entries", new EntriesServlet(entries)).addMapping("/entries");
    ServletRegistration.Dynamic upload = context.addServlet("upload", new UploadServlet(entries));
    upload.addMapping("/pictures");
    upload.setMultipartConfig(
        new MultipartConfigElement("", MAX_PICTURE_BYTES, MAX_PICTURE_BYTES, 1 << 16));
    ServletRegistration.Dynamic news = context.addServlet("news", new NewsServlet(entries));
    news.addMapping("/news");
    news.setAsyncSupported(true);
  }
}
