//! The reviewer's page behind a testing link.
