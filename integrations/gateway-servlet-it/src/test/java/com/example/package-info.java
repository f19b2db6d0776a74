/** The configuration of docs/servlet.md. */
@NullMarked
package com.example;

import org.jspecify.annotations.NullMarked;
